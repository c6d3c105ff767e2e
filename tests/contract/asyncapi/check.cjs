// What AsyncAPI's own parser says of each document: node check.cjs FILE...; exit 1 where it warns.
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { Parser } = createRequire(`${process.cwd()}/`)('@asyncapi/parser')

async function main (files) {
  let worst = 9
  for (const file of files) {
    const { diagnostics } = await new Parser().parse(readFileSync(file, 'utf-8'), { source: file })
    for (const { severity, code, path, message } of diagnostics) {
      if (severity <= 1) console.log(`${file}: ${code} ${path.join('.')} ${message}`) // errors and warnings
      worst = Math.min(worst, severity)
    }
  }
  process.exitCode = worst <= 1 ? 1 : 0
}
main(process.argv.slice(2))
