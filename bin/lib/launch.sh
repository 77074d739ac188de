# Sourced by the launchers: builds wgj if nothing is built yet and knows how to start its JVM.

. "$WGJ_HOME/bin/lib/java.sh"

readonly WGJ_LIB="$WGJ_HOME/wg-daemon/target/lib"

is_built() {
    [ -d "$WGJ_LIB" ] && compgen -G "$WGJ_HOME/wg-daemon/target/wg-daemon-*.jar" >/dev/null
}

# Builds the project unless it is built.
ensure_built() {
    is_built && return 0
    command -v mvn >/dev/null || {
        echo "wgj is not built yet and Maven is missing: install it (apt-get install maven) and try again" >&2
        return 1
    }
    find_java >/dev/null || return 1
    echo "wgj is not built yet: building it once, which takes about a minute" >&2
    local log
    log=$(mktemp)
    # One builder at a time: several interfaces may be started at once.
    if ! (cd "$WGJ_HOME" && flock 9 && { is_built || mvn -q -B -DskipTests -Dformat.skip=true package; }) \
        9<"$WGJ_HOME/pom.xml" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        echo "the build failed" >&2
        return 1
    fi
    rm -f "$log"
}

# Sets the array WGJ_COMMAND to the command that runs a main class.
java_command() {
    local java jar classpath=
    local -a vectors=()
    java=$(find_java) || return 1
    for jar in "$WGJ_HOME"/wg-daemon/target/wg-daemon-*.jar "$WGJ_LIB"/*.jar; do
        case $jar in *-tests.jar) continue ;; esac
        classpath+=${classpath:+:}$jar
    done
    # Without processors to spare vectors are not used unless asked for (AeadChoice), and the module would only cost
    # start-up time and a warning.
    if [ "$(nproc)" -ge 4 ] || [[ ${WGJ_JAVA_OPTS:-} == *wgj.aead=vector* ]]; then
        vectors=(--add-modules jdk.incubator.vector)
    fi
    # A small heap and the serial collector fit a process that allocates next to nothing; no dump may hold a key.
    # shellcheck disable=SC2206
    WGJ_COMMAND=("$java" -XX:+UseSerialGC -Xms16m -Xmx256m -XX:-HeapDumpOnOutOfMemoryError -XX:+DisableAttachMechanism
        -Xshare:auto
        "${vectors[@]}" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
        ${WGJ_JAVA_OPTS:-} -cp "$classpath" "$1")
}
