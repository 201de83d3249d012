#!/usr/bin/env bash
# Builds what flowdeck is installed from, for the machine it runs on. Publishes nothing.
#
#   packaging/build.sh [--profile NAME] [--out FOLDER] [PACKAGE...]
#
# PACKAGE is `archive` (what `cargo binstall` takes), `wheel` (PyPI), `npm` or `deb`; all four where none is named.
# The profile is `dist` unless one is named, the folder `packages` in the target folder.
# `wheel` needs maturin (from PyPI), `npm` Node, `deb` cargo-deb (from crates.io).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
profile=dist out=$target/packages packages=()
while (($#)); do
    case $1 in
        --profile) profile=$2 && shift 2 ;;
        --out) out=$2 && shift 2 ;;
        archive | wheel | npm | deb) packages+=("$1") && shift ;;
        *)
            echo "packaging/build.sh: \`$1\` is no package: archive, wheel, npm, deb" >&2
            exit 2
            ;;
    esac
done
((${#packages[@]})) || packages=(archive wheel npm deb)

# need COMMAND WHERE: says where a command comes from if it is missing.
need() {
    if ! command -v "$1" >/dev/null; then
        echo "packaging/build.sh: \`$1\` is missing: $2" >&2
        exit 1
    fi
}
for package in "${packages[@]}"; do
    case $package in
        wheel) need maturin 'pip install maturin' ;;
        npm) need npm 'https://nodejs.org' ;;
        deb) need cargo-deb 'cargo install --locked cargo-deb' ;;
    esac
done

cargo build --locked --profile "$profile" --bin flowdeck
folder=$profile
[[ $profile == dev ]] && folder=debug
program=$target/$folder/flowdeck
version=$("$program" --version | cut -d' ' -f2)
triple=$(rustc -vV | sed -n 's/^host: //p')
mkdir -p "$out"
out=$(cd "$out" && pwd)

# What lies beside the program, wherever it is installed.
share=$out/share
rm -rf "$share"
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/site-functions" \
    "$share/fish/vendor_completions.d"
"$program" man >"$share/man/man1/flowdeck.1"
"$program" completions bash >"$share/bash-completion/completions/flowdeck"
"$program" completions zsh >"$share/zsh/site-functions/_flowdeck"
"$program" completions fish >"$share/fish/vendor_completions.d/flowdeck.fish"

# fresh NAME: an empty folder to put a package together in.
fresh() {
    rm -rf "${out:?}/$1"
    mkdir -p "$out/$1"
    echo "$out/$1"
}

build_archive() {
    local name=flowdeck-$version-$triple stage
    stage=$(fresh archive)/$name
    mkdir "$stage"
    cp -R "$program" "$share" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$stage"
    tar -C "$out/archive" -czf "$out/$name.tar.gz" "$name"
    rm -r "$out/archive"
}

build_wheel() {
    local stage
    stage=$(fresh wheel)
    sed "s|^manifest-path = .*|manifest-path = \"$PWD/Cargo.toml\"\ndata = \"data\"|; s|^profile = .*|profile = \"$profile\"|" \
        packaging/python/pyproject.toml >"$stage/pyproject.toml"
    mkdir "$stage/data"
    mkdir "$stage/data/data"
    cp -R "$share" "$stage/data/data/share"
    (cd "$stage" && maturin build --target-dir "$target" --out "$out")
    rm -r "$stage"
}

build_npm() {
    local stage system machine
    stage=$(fresh npm)
    system=$(node -p process.platform) machine=$(node -p process.arch)
    mkdir "$stage/bin"
    cp "$program" "$stage/bin/flowdeck"
    cp -R "$share" README.md LICENSE-APACHE LICENSE-MIT "$stage"
    node -e '
        const [from, to, version, system, machine] = process.argv.slice(1);
        const fs = require("fs");
        const of = JSON.parse(fs.readFileSync(from, "utf8"));
        fs.writeFileSync(to, JSON.stringify({ ...of, version, os: [system], cpu: [machine] }, null, 2) + "\n");
    ' packaging/npm/package.json "$stage/package.json" "$version" "$system" "$machine"
    (cd "$stage" && npm pack --silent --pack-destination "$out" >/dev/null)
    rm -r "$stage"
}

build_deb() {
    # cargo-deb takes what lies beside the program from there.
    rm -rf "$target/$folder/share"
    cp -R "$share" "$target/$folder/share"
    cargo deb --locked --no-build --no-strip --profile "$profile" --output "$out"
}

for package in "${packages[@]}"; do
    "build_$package"
done
rm -r "$share"
ls -l "$out"
