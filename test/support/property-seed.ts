import fc from 'fast-check'

/** Property tests draw the same cases in every run: a build fails for its own change only. Loaded by `.taprc`. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_123 })
