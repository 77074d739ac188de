# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: the options that wgj's JVM is started with, and the cache it starts from (JEP 514).

# Sets the array WGJ_JVM to the options for a "service", which stays and seals packets, or a "command", which ends before the
# second compiler could help.
jvm_options() {
    # A small heap and the serial collector fit a process that allocates very little. No dump may contain a key, and
    # nothing is written to /tmp, which may be read-only.
    WGJ_JVM=(-XX:+UseSerialGC -Xms16m -Xmx256m -XX:-HeapDumpOnOutOfMemoryError -XX:+DisableAttachMechanism
        -XX:-UsePerfData --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
        # or JNA starts ldconfig to find the folders of libraries; the only one needed, the C library, is loaded already
        -Djna.platform.library.path=/)
    if [ "$1" = service ]; then
        # Out of memory it says so on stderr and ends: otherwise half a tunnel would continue.
        WGJ_JVM+=(-XX:+ExitOnOutOfMemoryError -XX:+DisplayVMOutputToStderr)
        # The JVM loads the vectors later (VectorModule): with them from the start it could not use all of its cache. They run
        # a thousand times slower until the second compiler has compiled them, so it starts five times as early. With a still
        # lower threshold it would compile some methods twice.
        WGJ_JVM+=(--add-exports java.base/jdk.internal.module=ALL-UNNAMED
            -XX:CompileCommand=quiet "-XX:CompileCommand=CompileThresholdScaling,org.wgj.crypto.aead.*::*,0.2"
            # The second compiler would inline a whole engine into the test of the engines.
            "-XX:CompileCommand=CompileThresholdScaling,org.wgj.crypto.aead.AeadSelfTest::*,100.0"
            # Less inlining gives the second compiler smaller methods, which are ready sooner.
            -XX:InlineSmallCode=1000 -XX:FreqInlineSize=200
            # No loop is compiled while it runs. Loops over a batch of packets end soon and come again, and compiling each of them
            # twice, once for the loop that ran, took the second compiler up to 2 of its first 5 seconds.
            -XX:-UseOnStackReplacement)
    else
        # With the cache at the address it was made for, a command starts in two thirds of the time. A service, which reads
        # foreign datagrams, keeps the address secret instead.
        WGJ_JVM+=(-XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
    fi
}

# Adds to WGJ_JVM the options that make the JVM start from the cache $1. If the cache is missing or does not fit, because of
# another JVM, other jars or other options, the JVM ignores it silently and starts slower.
use_cache() {
    WGJ_JVM+=(-XX:AOTCache="$1" -Xlog:aot=off -Xlog:cds=off)
}

# Prints the class path of the programs: the jar of the daemon found in the folder $1, then all that are in the folder $2.
class_path() {
    local jar classpath=
    for jar in "$1"/wg-daemon-*.jar "$2"/*.jar; do
        case $jar in *-tests.jar) continue ;; esac
        classpath+=${classpath:+:}$jar
    done
    printf '%s\n' "$classpath"
}

# Adds to WGJ_JVM the options that load the native libraries from the folder $1, where they lie side by side. Root loads
# them: they must not be unpacked into a HOME or /tmp, which may be read-only besides.
use_native() {
    WGJ_JVM+=("-Djava.library.path=$1" "-Djna.boot.library.path=$1" -Djna.nounpack=true "-Dorg.sqlite.lib.path=$1")
}

# Repacks the third-party jars in the folder $2 that a cache could not hold as they are, with the java $1.
prepare_jars() {
    "$1" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$WGJ_HOME/bin/lib/PrepareJars.java" "$2"/{bcprov,picocli}-*.jar
}

# Makes the cache $1 by a training run of the java $2 with the class path $3, for a "service" or a "command" ($4), with the
# options of java that follow: a cache fits only a JVM with the same modules. The cache appears when it is complete; errors
# go to stderr.
make_cache() {
    local cache=$1 java=$2 classpath=$3 log status=0
    local -a WGJ_JVM
    jvm_options "$4"
    WGJ_JVM+=("${@:5}")
    log=$(mktemp) || return 1
    rm -f "$cache" "$cache.new"
    if ! LOG_LEVEL=error "$java" "${WGJ_JVM[@]}" -Xlog:aot=error:stderr -XX:AOTCacheOutput="$cache.new" -cp "$classpath" \
        org.wgj.cli.AotTraining "$4" >"$log" 2>&1 || ! mv "$cache.new" "$cache"; then
        cat "$log" >&2
        echo "no cache $cache: the training run failed" >&2
        status=1
    fi
    rm -f "$log" "$cache.new" "$cache.new.config"
    return "$status"
}
