#!/usr/bin/env node
import { commands } from './commands.ts'
import { runProcess } from './process.ts'

process.exit(await runProcess(commands))
