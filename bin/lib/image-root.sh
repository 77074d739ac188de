# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/image: the files of the image.
#
#   /usr/lib/jre          the Java runtime
#   /lib, /lib64          the parts of Debian's C library, and of others, that it needs
#   /usr/lib/wgj          the jars, the caches, and the native libraries, unpacked
#   /usr/lib/wgj/wgj.cdx.json  the list of everything in it (CycloneDX)
#   /usr/lib/wgj/run      java's options for a service, and
#   /usr/lib/wgj/wgj      for a command, main class included: java @wgj COMMAND
#   /usr/lib/wgj/daemon   for the daemons that "up" starts, without a main class
#   /etc/wireguard        for the configuration

# The JDK's modules that are used: logging by JNA, Unsafe by Netty, management for the garbage collectors' counts, HttpClient
# by the demo, databases and naming by a mesh's coordinator, Flight Recorder where an operator asks for it.
readonly IMAGE_MODULES=java.base,java.logging,java.management,java.naming,java.net.http,java.sql,jdk.jfr,jdk.net,jdk.unsupported,jdk.incubator.vector

# The source of the libraries, and of the runtime of another machine than this one.
readonly IMAGE_SUITE=trixie
readonly IMAGE_LIBRARIES="libc6 gcc-14-base libgcc-s1 libstdc++6 zlib1g"

# Makes the new folder $1 for the machine $4, as uname names it, working in the folder $2; all files get the time $3.
make_root() {
    local root=$1 work=$2 stamp=$3 machine=$4 java
    if [ -e "$root" ] && [ -n "$(ls -A "$root")" ]; then
        echo "$root is not empty" >&2
        return 1
    fi
    java=$(find_java) || return 1
    mkdir -p "$root" "$work" || return 1
    if [ "$machine" = "$HOSTTYPE" ]; then
        add_runtime "$root" "${java%/bin/java}/bin/jlink" || return 1
    else
        add_foreign_runtime "$root" "${java%/bin/java}/bin/jlink" "$work" "$machine" || return 1
    fi
    add_jars "$root" "$java" "$machine" && add_libraries "$root" "$work" "$machine" && add_folders "$root" || return 1
    # Before the caches are made: they remember the times of the files they came from.
    find "$root" -exec touch -h -d "$stamp" {} +
    if [ "$machine" = "$HOSTTYPE" ]; then
        add_caches "$root" || return 1
    fi
    add_options "$root" || return 1
    find "$root" -exec touch -h -d "$stamp" {} +
}

# Uncompressed: it starts faster, and the compressed layer is smaller. Other options of jlink follow.
add_runtime() {
    local root=$1 jlink=$2
    if [ ! -x "$jlink" ]; then
        echo "an image needs a whole JDK, with $jlink" >&2
        return 1
    fi
    mkdir -p "$root/usr/lib" "$root/usr/bin" || return 1
    "$jlink" --add-modules "$IMAGE_MODULES" --strip-java-debug-attributes --no-header-files --no-man-pages "${@:3}" \
        --output "$root/usr/lib/jre" 2>&1 | grep -v 'Using incubator modules' >&2
    [ "${PIPESTATUS[0]}" -eq 0 ] || return 1
    rm "$root/usr/lib/jre/bin/keytool" "$root/usr/lib/jre/lib/jrt-fs.jar" || return 1
    ln -s ../lib/jre/bin/java "$root/usr/bin/java"
}

# The same of Debian's JDK for the machine $4, whose modules this machine's jlink joins. jlink says so if their releases differ.
add_foreign_runtime() {
    local jdk="$3/jdk-$4" package=usr/lib/jvm/java-$WGJ_JAVA_RELEASE-openjdk-$(debian_machine "$4")
    if [ ! -d "$jdk/jmods" ]; then
        rm -rf "$jdk" "$jdk.new"
        unpack_from "$IMAGE_SUITE" "$WGJ_JDK_PACKAGE" "$jdk.new" "$(debian_machine "$4")" && mkdir "$jdk" &&
            mv "$jdk.new/$package/jmods" "$jdk/" && rm -rf "$jdk.new" || { rm -rf "$jdk.new"; return 1; }
    fi
    add_runtime "$1" "$2" --module-path "$jdk/jmods" --exclude-files '**.debuginfo'
}

add_jars() {
    local wgj="$1/usr/lib/wgj" java=$2 machine=$3
    mkdir -p "$wgj/lib" || return 1
    cp "$WGJ_TARGET"/wg-daemon-*.jar "$wgj/" && rm -f "$wgj"/*-tests.jar && cp "$WGJ_LIB"/*.jar "$wgj/lib/" &&
        cp "$WGJ_TARGET/wgj.cdx.json" "$WGJ_HOME"/{LICENSE,NOTICE} "$wgj/" && prepare_jars "$java" "$wgj/lib" &&
        move_native "$wgj" "$java" "$machine" || return 1
    chmod -R a+rX "$wgj" # the build may have run with another umask
}

# Takes the native libraries of all machines out of the jars in $1/lib, and puts those of the machine $3 into $1/native.
move_native() {
    local wgj=$1 java=$2 machine=$3 jar
    mkdir -p "$wgj/native" || return 1
    cp "$WGJ_NATIVE/com/sun/jna/linux-$(jna_machine "$machine")/libjnidispatch.so" \
        "$WGJ_NATIVE/META-INF/native/libnetty_transport_native_epoll_$(netty_machine "$machine").so" \
        "$WGJ_NATIVE/org/sqlite/native/Linux/$machine/libsqlitejdbc.so" "$wgj/native/" || return 1
    rm "$wgj"/lib/netty-transport-native-epoll-*.jar && for jar in "$wgj"/lib/{jna,sqlite-jdbc}-*.jar; do
        "$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$WGJ_HOME/bin/lib/PrepareJars.java" --without-native "$jar" || return 1
    done
}

# Copies the libraries of Debian that the runtime and the native libraries for the machine $3 need, directly or indirectly.
add_libraries() {
    local root=$1 debian="$2/libraries-$3" machine=$3 libraries="$1/lib/$3-linux-gnu" name needed loader=/lib64/ld-linux-x86-64.so.2
    [ "$machine" = x86_64 ] || loader=/lib/ld-linux-$machine.so.1
    [ -d "$debian" ] || { rm -rf "$debian.new" && unpack_from "$IMAGE_SUITE" "$IMAGE_LIBRARIES" "$debian.new" "$(debian_machine "$machine")" &&
        mv "$debian.new" "$debian"; } || { rm -rf "$debian.new"; return 1; }
    mkdir -p "$libraries" "$root$(dirname "$loader")" || return 1
    while needed=$(missing_libraries "$root" "$libraries") && [ -n "$needed" ]; do
        for name in $needed; do add_library "$root" "$debian" "$libraries" "$name" || return 1; done
    done
    mv "$libraries/${loader##*/}" "$root$loader" && ln -s "$loader" "$libraries/${loader##*/}"
}

# Copies the library $4 of the packages in the folder $2 into the folder $3 of the image $1, and its package's licence.
add_library() {
    local root=$1 debian=$2 libraries=$3 name=$4 package=libc6 file
    file="$debian/usr/lib/${libraries##*/}/$name"
    if [ ! -f "$file" ]; then
        echo "$name is needed, and none of Debian's packages $IMAGE_LIBRARIES has it" >&2
        return 1
    fi
    case $name in
        libgcc_s.* | libstdc++.*) package=gcc-14-base ;;
        libz.*) package=zlib1g ;;
    esac
    cp -L "$file" "$libraries/" &&
        install -D -m 644 "$debian/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
}

# Prints the libraries with a version that programs and libraries in the folder $1 name, and that the folder $2 lacks.
missing_libraries() {
    find "$1" -type f \( -name '*.so' -o -name '*.so.[0-9]*' -o -path '*/jre/bin/*' \) -exec readelf --dynamic {} + 2>/dev/null |
        sed -n 's/.*(NEEDED).*\[\(.*\.so\.[0-9]*\)\]$/\1/p' | LC_ALL=C sort -u | while read -r name; do
        [ -e "$2/$name" ] || echo "$name"
    done
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
    local wgj="$1/usr/lib/wgj" java="$1/usr/lib/jre/bin/java" classpath kind
    local -a WGJ_JVM=()
    use_native "$wgj/native"
    classpath=$(class_path "$wgj" "$wgj/lib")
    for kind in command service; do
        make_cache "$wgj/$kind.aot" "$java" "$classpath" "$kind" "${WGJ_JVM[@]}" || return 1
    done
}

add_options() {
    local wgj="$1/usr/lib/wgj" classpath
    classpath=$(class_path "$wgj" "$wgj/lib")
    write_options "$wgj" service "${classpath//"$1"/}" >"$wgj/daemon" &&
        { cat "$wgj/daemon" && echo org.wgj.cli.Wgj; } >"$wgj/run" &&
        { write_options "$wgj" command "${classpath//"$1"/}" && echo org.wgj.cli.Wgj; } >"$wgj/wgj"
}

# Prints a file of options for java: those for a "service" or a "command" ($2), its cache if the folder $1 has one, the class
# path $3.
write_options() {
    local -a WGJ_JVM
    jvm_options "$2"
    [ ! -e "$1/$2.aot" ] || use_cache "/usr/lib/wgj/$2.aot"
    use_native /usr/lib/wgj/native
    # A container has no locale, and its log is read elsewhere.
    printf '%s\n' "${WGJ_JVM[@]}" -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 -Dwgj.daemon.options=/usr/lib/wgj/daemon "-cp $3"
}
