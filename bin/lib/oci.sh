# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/image: packs files as an OCI image layout (github.com/opencontainers/image-spec), to which it adds
# the manifest.json that docker load looks for.

# Writes a tar to standard output that depends only on names, contents and modes: time $1, then tar's arguments.
plain_tar() {
    local stamp=$1
    shift
    tar --create --format=gnu --sort=name --mtime="$stamp" --owner=0 --group=0 --numeric-owner "$@"
}

# Makes the layout $1 of the images of version $2 and time $3. The architectures follow, each with the folder of its files.
# The name of several is that of an index, from which engines take their own; each also has its architecture behind the name.
make_oci_layout() {
    local layout=$1 version=$2 stamp=$3 blobs="$1/blobs/sha256" config index name="wgj:$2"
    local -a layers contents manifests=() entries=() loaded=()
    shift 3
    mkdir -p "$blobs" || return 1
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    if [ $# -eq 2 ]; then
        add_image "$1" "$2" "$name" && entries=("$(named "$name" "${manifests[0]}")") || return 1
    else
        while [ $# -ge 2 ]; do
            add_image "$1" "$2" "$name-$1" && entries+=("$(named "$name-$1" "${manifests[-1]}")") || return 1
            shift 2
        done
        index=$(index_of "${manifests[@]}" | blob) || return 1
        entries=("$(named "$name" "$(descriptor index.v1+json "$index" "")")" "${entries[@]}")
    fi
    index_of "${entries[@]}" >"$layout/index.json"
    joined "${loaded[@]}" | sed 's/.*/[&]/' >"$layout/manifest.json"
}

# Adds the image of the architecture $1 and the files in $2, which docker load names $3. The files that change with each
# release are a layer apart.
add_image() {
    local architecture=$1 root=$2 name=$3 manifest
    layers=() contents=()
    add_layer --exclude=./usr/lib/wgj -C "$root" . || return 1
    add_layer -C "$root" ./usr/lib/wgj || return 1

    config=$(blob <<EOF
{"created":"$stamp","architecture":"$architecture","os":"linux",
"config":{"Entrypoint":["/usr/lib/jre/bin/java","@/usr/lib/wgj/run"],"Cmd":["run","/etc/wireguard"],
"Healthcheck":{"Test":["CMD","/usr/lib/jre/bin/java","@/usr/lib/wgj/wgj","health"],
"Interval":30000000000,"Timeout":10000000000,"StartPeriod":30000000000},
"Env":["PATH=/usr/bin"],"WorkingDir":"/usr/lib/wgj","StopSignal":"SIGTERM",
"Labels":{"org.opencontainers.image.title":"wgj","org.opencontainers.image.version":"$version",
"org.opencontainers.image.description":"WireGuard in pure Java"}},
"rootfs":{"type":"layers","diff_ids":["sha256:${contents[0]}","sha256:${contents[1]}"]},
"history":[{"created":"$stamp","comment":"Java runtime and C library"},{"created":"$stamp","comment":"wgj"}]}
EOF
) || return 1
    manifest=$(blob <<EOF
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":$(descriptor config.v1+json "$config" ""),
"layers":[$(descriptor layer.v1.tar+gzip "${layers[0]}" ""),$(descriptor layer.v1.tar+gzip "${layers[1]}" "")]}
EOF
) || return 1
    manifests+=("$(descriptor manifest.v1+json "$manifest" ",\"platform\":{\"architecture\":\"$architecture\",\"os\":\"linux\"}")")
    loaded+=("{\"Config\":\"blobs/sha256/$config\",\"RepoTags\":[\"$name\"],\"Layers\":[\"blobs/sha256/${layers[0]}\",\"blobs/sha256/${layers[1]}\"]}")
}

# Prints an index of the descriptors given.
index_of() {
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[\n%s]}\n' "$(joined "$@")"
}

# Prints the descriptor $2 with the name $1.
named() {
    printf '%s,"annotations":{"io.containerd.image.name":"docker.io/library/%s","org.opencontainers.image.ref.name":"%s"}}' \
        "${2%\}}" "$1" "$1"
}

# Prints its arguments, separated by commas.
joined() {
    local IFS=,
    printf '%s\n' "$*"
}

# Packs the files that tar's arguments name, and stores the digests of the layer and of its content.
add_layer() {
    local new="$blobs/new"
    plain_tar "$stamp" "$@" >"$new.tar" || return 1
    contents+=("$(digest "$new.tar")")
    gzip --no-name <"$new.tar" >"$new" && rm "$new.tar" || return 1
    layers+=("$(keep "$new")")
}

# Stores standard input and prints its digest.
blob() {
    cat >"$blobs/new" && keep "$blobs/new"
}

# Renames a file to the digest of its content, and prints that name.
keep() {
    local name
    name=$(digest "$1") && mv "$1" "$blobs/$name" && printf '%s\n' "$name"
}

digest() {
    sha256sum "$1" | cut -d ' ' -f 1
}

# Prints the descriptor of the blob $2, of the type $1, with more fields $3.
descriptor() {
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%d%s}' "$1" "$2" "$(stat -c %s "$blobs/$2")" "$3"
}
