// What n8n's scanner says of a package that is not published yet: its sources, then what is built from them.
// usage: node lint.mjs PACKAGE
import { createRequire } from 'module';
import { pathToFileURL } from 'url';

const scanner = createRequire(import.meta.url).resolve('@n8n/scan-community-package/scanner/scanner.mjs');
const { analyzePackage, SOURCE_FILE_PATTERNS } = await import(pathToFileURL(scanner));
for (const patterns of [SOURCE_FILE_PATTERNS, ['dist/**/*.js', 'package.json']]) {
	const { passed, message, details } = await analyzePackage(process.argv[2], patterns);
	if (passed && !message) continue;
	console.error(message, details ?? '');
	process.exitCode = 1;
}
