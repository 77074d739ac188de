# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/image: the files of the image.
#
#   /usr/lib/jre          the Java runtime
#   /lib, /lib64          the parts of Debian's libc6 that it needs
#   /usr/lib/wgj          the jars, the caches, and the native libraries, unpacked
#   /usr/lib/wgj/wgj.cdx.json  the list of everything in it (CycloneDX)
#   /usr/lib/wgj/run      java's options for a service, and
#   /usr/lib/wgj/wgj      for a command, main class included: java @wgj COMMAND
#   /usr/lib/wgj/daemon   for the daemons that "up" starts, without a main class
#   /etc/wireguard        for the configuration

# The JDK's modules that are used: logging by JNA, Unsafe by Netty, management for the garbage collectors' counts, HttpClient
# by the demo, databases and naming by a mesh's coordinator, Flight Recorder where an operator asks for it.
readonly IMAGE_MODULES=java.base,java.logging,java.management,java.naming,java.net.http,java.sql,jdk.jfr,jdk.net,jdk.unsupported,jdk.incubator.vector

# Makes the new folder $1, working in the folder $2; all files get the time $3.
make_root() {
    local root=$1 work=$2 stamp=$3 java
    if [ -e "$root" ] && [ -n "$(ls -A "$root")" ]; then
        echo "$root is not empty" >&2
        return 1
    fi
    java=$(find_java) || return 1
    mkdir -p "$root" "$work" || return 1
    add_runtime "$root" "${java%/bin/java}/bin/jlink" && add_jars "$root" "${java%/bin/java}/bin/jar" &&
        add_libraries "$root" "$work" && add_folders "$root" || return 1
    # Before the caches are made: they remember the times of the files they came from.
    find "$root" -exec touch -h -d "$stamp" {} +
    add_caches "$root" || return 1
    find "$root" -exec touch -h -d "$stamp" {} +
}

# Uncompressed: it starts faster, and the compressed layer is smaller.
add_runtime() {
    local root=$1 jlink=$2
    if [ ! -x "$jlink" ]; then
        echo "an image needs a whole JDK, with $jlink" >&2
        return 1
    fi
    mkdir -p "$root/usr/lib" "$root/usr/bin" || return 1
    "$jlink" --add-modules "$IMAGE_MODULES" --strip-java-debug-attributes --no-header-files --no-man-pages \
        --output "$root/usr/lib/jre" 2>&1 | grep -v 'Using incubator modules' >&2
    [ "${PIPESTATUS[0]}" -eq 0 ] || return 1
    rm "$root/usr/lib/jre/bin/keytool" "$root/usr/lib/jre/lib/jrt-fs.jar" || return 1
    ln -s ../lib/jre/bin/java "$root/usr/bin/java"
}

add_jars() {
    local wgj="$1/usr/lib/wgj" jar=$2 native
    mkdir -p "$wgj/lib" "$wgj/native" || return 1
    cp "$WGJ_TARGET"/wg-daemon-*.jar "$wgj/" && rm -f "$wgj"/*-tests.jar && cp "$WGJ_LIB"/*.jar "$wgj/lib/" &&
        cp "$WGJ_TARGET/wgj.cdx.json" "$WGJ_HOME"/{LICENSE,NOTICE} "$wgj/" && prepare_jars "${jar%/jar}/java" "$wgj/lib" || return 1
    # From there they are loaded directly, and not unpacked to /tmp, which may be read-only.
    cp "$WGJ_NATIVE/com/sun/jna/linux-$(jna_machine)/libjnidispatch.so" \
        "$WGJ_NATIVE/META-INF/native/libnetty_transport_native_epoll_$(netty_machine).so" "$wgj/native/" || return 1
    # The libraries of the other architectures are not needed.
    for native in "$wgj"/lib/netty-transport-native-epoll-*.jar; do
        [[ $native == *-linux-$(netty_machine).jar ]] || rm "$native" || return 1
    done
    chmod -R a+rX "$wgj" # the build may have run with another umask
}

# Copies the libraries of Debian's libc6 that the runtime and the native libraries need, directly or indirectly.
add_libraries() {
    local root=$1 libc="$2/libc6" name machine loader=/lib64/ld-linux-x86-64.so.2
    machine=$(uname -m)
    [ "$machine" = x86_64 ] || loader=/lib/ld-linux-$machine.so.1
    [ -e "$libc$loader" ] || { rm -rf "$libc" && unpack_from bookworm libc6 "$libc"; } || return 1
    mkdir -p "$root/lib/$machine-linux-gnu" "$root$(dirname "$loader")" "$root/usr/share/doc/libc6" || return 1
    find "$root" \( -name '*.so' -o -path '*/jre/bin/*' \) -exec ldd {} + 2>/dev/null |
        sed -n 's/^[[:space:]]*\([^ /]*\.so\.[0-9]*\) .*/\1/p' | sort -u | grep -v '^linux-vdso' >"$2/needed"
    while read -r name; do
        if [ ! -f "$libc/lib/$machine-linux-gnu/$name" ]; then
            echo "$name is needed, and Debian's libc6 does not have it" >&2
            return 1
        fi
        cp -L "$libc/lib/$machine-linux-gnu/$name" "$root/lib/$machine-linux-gnu/" || return 1
    done <"$2/needed"
    cp -L "$libc$loader" "$root$loader" &&
        cp "$libc/usr/share/doc/libc6/copyright" "$root/usr/share/doc/libc6/"
}

# The empty files are mount points, since the root may be read-only.
add_folders() {
    local root=$1
    mkdir -p "$root"/{dev,proc,sys,run,tmp,var,etc/wireguard} && ln -s ../run "$root/var/run" &&
        chmod 1777 "$root/tmp" && chmod 700 "$root/etc/wireguard" || return 1
    echo 'root:x:0:0:root:/:/sbin/nologin' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
    touch "$root"/etc/{hosts,hostname,resolv.conf}
}

# The training runs use the image's own runtime and jars. It does not matter that these are in another folder still.
add_caches() {
    local root=$1 wgj="$1/usr/lib/wgj" java="$1/usr/lib/jre/bin/java" classpath
    classpath=$(class_path "$wgj" "$wgj/lib")
    make_cache "$wgj/command.aot" "$java" "$classpath" command &&
        make_cache "$wgj/service.aot" "$java" "$classpath" service || return 1
    write_options service "${classpath//"$root"/}" >"$wgj/daemon"
    { cat "$wgj/daemon" && echo org.wgj.cli.Wgj; } >"$wgj/run"
    { write_options command "${classpath//"$root"/}" && echo org.wgj.cli.Wgj; } >"$wgj/wgj"
}

# Prints a file of options for java: those for a "service" or a "command" ($1), its cache, the class path $2.
write_options() {
    local -a WGJ_JVM
    jvm_options "$1"
    use_cache "/usr/lib/wgj/$1.aot"
    printf '%s\n' "${WGJ_JVM[@]}" -Djava.library.path=/usr/lib/wgj/native -Djna.boot.library.path=/usr/lib/wgj/native \
        -Djna.nounpack=true -Dwgj.daemon.options=/usr/lib/wgj/daemon "-cp $2"
}
