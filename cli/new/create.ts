/** Makes the folder of a new application from the template. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.js";
import { packagePath } from "../package-root.js";

/** Files whose name in the template differs: npm leaves .gitignore out of packages. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

function packageJson(name: string): string {
  const own = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { readonly version: string };
  const settings = {
    name,
    version: "0.1.0",
    private: true,
    scripts: { build: "socklet build .", start: "socklet run ." },
    dependencies: { socklet: `^${own.version}` },
    socklet: { forward: ["udp:5555:7"], tryIt: "echo hello | nc -u -w 1 127.0.0.1 5555" },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/**
 * Writes an application into `directory`, which may exist when it is empty.
 *
 * @returns names of the files
 * @throws UserError when the folder is not empty or its name is not one that npm takes
 */
export function createApplication(directory: string): string[] {
  const name = basename(directory);
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new UserError(
      `"${name}" cannot name an application: use lower-case letters, digits, "-", "_" and ".", beginning with a letter or digit.`,
    );
  }
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new UserError(`${directory} exists and is not empty. Name a new folder, or empty this one.`);
  }
  mkdirSync(directory, { recursive: true });
  const files = readdirSync(packagePath("cli", "new", "template")).sort();
  for (const file of files) {
    const text = readFileSync(packagePath("cli", "new", "template", file), "utf8");
    writeFileSync(join(directory, RENAMED[file] ?? file), text.replaceAll("@NAME@", name));
  }
  writeFileSync(join(directory, "package.json"), packageJson(name));
  return ["package.json", ...files.map((file) => RENAMED[file] ?? file)];
}
