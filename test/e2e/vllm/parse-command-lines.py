"""Parses command lines, each a line of JSON [form, argv], with vLLM's own parser; prints what it makes of each."""

import contextlib
import io
import json
import sys

sys.argv = ["vllm", "serve"]

from vllm.engine.arg_utils import _expand_json_human_readable_numbers
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser


def serve_parser():
    """As vllm/entrypoints/cli/main.py and serve.py build it."""
    parser = FlexibleArgumentParser(description="vLLM CLI")
    parser.add_argument("-v", "--version", action="version", version="0")
    serve = parser.add_subparsers(required=False, dest="subparser").add_parser("serve")
    make_arg_parser(serve)
    keep_json(serve)
    return parser, serve


def keep_json(parser):
    """Config objects fill in fields of their own, some at random: keep the JSON that they were checked from."""
    for action in parser._actions:
        if action.dest in ("kv_events_config", "kv_transfer_config"):
            action.type = checked(action.type)


def checked(convert):
    def read(text):
        return None if convert(text) is None else json.loads(_expand_json_human_readable_numbers(text))

    return read


def answer(form, argv):
    top, serve = parsers[form]
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            args = vars(top.parse_args((["serve"] if form == "serve" else []) + argv))
    except SystemExit:
        return {"refused": errors.getvalue().strip().split("error: ")[-1].split("\n")[0][:200]}
    except Exception as error:  # vLLM ends with a traceback
        return {"refused": f"{type(error).__name__}: {error}"[:200]}
    if form == "serve" and args["model_tag"] is not None:
        args["model"] = args["model_tag"]
    values = {
        dest: value
        for dest, value in sorted(args.items())
        if dest in wanted and value != serve.get_default(dest)
    }
    return {"values": values}


module = FlexibleArgumentParser()
make_arg_parser(module)
keep_json(module)
parsers = {"serve": serve_parser(), "module": (module, module)}
wanted = set(json.loads(sys.stdin.readline()))
for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))))
