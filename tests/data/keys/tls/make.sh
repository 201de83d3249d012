#!/bin/sh
# Makes an authority, a server for `localhost` and a client, for tests alone. Needs `openssl`.
set -e
cd "$(dirname "$0")"
new_key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }
issue() { # name, subject, extensions
    new_key "$1.key"
    openssl req -new -key "$1.key" -subj "$2" |
        openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial "$4" -days 36500 -extfile "$3" -out "$1.pem"
}
new_key ca.key
openssl req -x509 -new -key ca.key -subj "/CN=Test authority" -days 36500 -out ca.pem
extensions=$(mktemp)
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >"$extensions"
issue server "/CN=localhost" "$extensions" 2
printf 'subjectAltName=DNS:client\nextendedKeyUsage=clientAuth\n' >"$extensions"
issue client "/CN=client" "$extensions" 3
rm "$extensions" ca.key
