// Old versions of Node read this file, too: no syntax and no import that they don't know.

var needed = [20, 20];

/** Ends the process with a way out when this Node is too old. */
export function checkNode() {
  var parts = process.versions.node.split('.').map(Number);
  if (parts[0] > needed[0] || (parts[0] === needed[0] && parts[1] >= needed[1])) return;
  process.stderr.write(
    'Almanac needs Node ' +
      needed.join('.') +
      ' or newer, this is v' +
      process.versions.node +
      '.\nInstall a newer one from https://nodejs.org/en/download, or with a version manager: nvm install 22, fnm install 22, volta install node@22.\n',
  );
  process.exit(1);
}
