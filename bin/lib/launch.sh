# SPDX-License-Identifier: Apache-2.0
# Sourced by the launchers: builds wgj if nothing is built yet and knows how to start its JVM.

. "$WGJ_HOME/bin/lib/java.sh"
. "$WGJ_HOME/bin/lib/jvm.sh"

# What the caller closed would be the number of the next file that is opened.
true <&0 || exec </dev/null
true >&1 || exec >/dev/null
true >&2 || exec 2>/dev/null
unset WGJ_READY_FD WGJ_STDERR_FD WGJ_DETACH # a daemon's hooks may start wgj

readonly WGJ_TARGET="$WGJ_HOME/wg-daemon/target"
readonly WGJ_LIB="$WGJ_TARGET/lib"
readonly WGJ_NATIVE="$WGJ_LIB/native"

is_built() {
    [ -d "$WGJ_NATIVE" ] && compgen -G "$WGJ_TARGET/wg-daemon-*.jar" >/dev/null
}

# Builds the project unless it is built.
ensure_built() {
    is_built && return 0
    find_java >/dev/null || return 1
    command -v mvn >/dev/null || {
        echo "wgj is not built yet, and Maven is missing" >&2
        name_packages maven >&2
        return 1
    }
    echo "wgj is not built yet: building it once, which takes about a minute" >&2
    local log status=0
    log=$(mktemp)
    # One builder at a time: several interfaces may be started at once.
    (cd "$WGJ_HOME" && flock 9 && { is_built || { mvn -q -B -DskipTests -Dformat.skip=true package && make_caches; }; }) \
        9<"$WGJ_HOME/pom.xml" >"$log" 2>&1 || status=1
    give_to_owner
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        echo "the build failed" >&2
    fi
    rm -f "$log"
    return "$status"
}

# Makes the caches that the JVM starts from, unless they are newer than the jars.
make_caches() {
    local java classpath kind
    java=$(find_java) || return 1
    classpath=$(class_path "$WGJ_TARGET" "$WGJ_LIB")
    is_newer "$WGJ_TARGET/command.aot" || prepare_jars "$java" "$WGJ_LIB" || return 1
    for kind in command service; do
        is_newer "$WGJ_TARGET/$kind.aot" || make_cache "$WGJ_TARGET/$kind.aot" "$java" "$classpath" "$kind" || return 1
    done
}

is_newer() {
    local jar
    for jar in "$WGJ_TARGET"/wg-daemon-*.jar "$WGJ_LIB"/*.jar; do
        [ "$1" -nt "$jar" ] || return 1
    done
}

# Sets the array WGJ_COMMAND to the command that runs the main class $1 as a "service" or a "command".
java_command() {
    local java
    # The C library's error messages are read here, so they must be English. The character set stays the user's.
    if [ -n "${LC_ALL:-}" ]; then
        export LC_CTYPE=$LC_ALL
        unset LC_ALL
    fi
    export LC_MESSAGES=C
    local -a WGJ_JVM
    java=$(find_java) || return 1
    jvm_options "$2"
    # Root loads them: they come from beside the jars, and are not unpacked into a HOME or /tmp.
    WGJ_JVM+=("-Djna.boot.library.path=$WGJ_NATIVE/com/sun/jna/linux-$(jna_machine)" -Djna.nounpack=true
        "-Djava.library.path=$WGJ_NATIVE/META-INF/native")
    # The JVM notices a jar of another size, but not a rebuilt one of the same size.
    ! is_newer "$WGJ_TARGET/$2.aot" || use_cache "$WGJ_TARGET/$2.aot"
    # shellcheck disable=SC2206
    WGJ_COMMAND=("$java" "${WGJ_JVM[@]}" ${WGJ_JAVA_OPTS:-} -cp "$(class_path "$WGJ_TARGET" "$WGJ_LIB")" "$1")
}

# The JVM says so on stderr, and cannot be told not to.
readonly WGJ_JVM_WARNING="WARNING: Using incubator modules: jdk.incubator.vector"

# Copies its input to stderr, without that line, up to the end (then it returns 1) or the line "ready".
pass_on_start() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
            ready) return 0 ;;
            "$WGJ_JVM_WARNING") ;;
            *) printf '%s\n' "$line" >&2 ;;
        esac
    done
    return 1
}

# Has what the JVM prints on stderr before its program begins passed on; the program goes back to what stderr is now,
# which WGJ_STDERR_FD names. The process that passes it on has no parent here, so that the JVM gets no child it does not know.
filter_start() {
    local errors start
    exec {errors}>&2 {start}> >(pass_on_start <&0 &)
    wait $!
    export WGJ_STDERR_FD=$errors
    exec 2>&"$start" {start}>&-
}

# Closes all descriptors but the first three and those given, and takes all from the environment but what wgj, the JVM and
# the C library read: what goes into the background must not keep a caller waiting, nor a caller's secrets.
keep_nothing_of_the_caller() {
    local fd name kept=" 0 1 2 $* "
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        [[ $kept == *" $fd "* ]] || exec {fd}>&-
    done
    for name in $(compgen -e); do
        case $name in
            PATH | LANG | LC_* | TZ | TMPDIR | LOG_LEVEL | WG_* | WGJ_* | JAVA_* | JDK_* | _JAVA_OPTIONS | LD_*) ;;
            *) export -n "$name" ;;
        esac
    done
    name=$(compgen -A function)
    # shellcheck disable=SC2086
    export -fn $name
}

# Whether nobody started from here can get others than NET_BIND_SERVICE (bit 10), NET_ADMIN (12) and DAC_READ_SEARCH (2),
# as under the unit in dist/, which leaves no SETPCAP to drop them with.
has_few_capabilities() {
    local name value bounding=
    while read -r name value; do
        [ "$name" != CapBnd: ] || bounding=$value
    done </proc/self/status
    [ -n "$bounding" ] && (((16#$bounding & ~16#1404) == 0))
}

# Whether what WGJ_LEAST starts can read wgj itself and the files given.
can_read_wgj() {
    local file
    local -a all=(-x "${WGJ_COMMAND[0]}" -a -r "$WGJ_LIB" -a -x "$WGJ_LIB")
    for file in "$@"; do all+=(-a -r "$file"); done
    "${WGJ_LEAST[@]}" test "${all[@]}" 2>/dev/null
}

# Sets the array WGJ_LEAST to the words that start a daemon with no capability but those it uses, in all its threads (the
# bounding set is what root keeps over an exec) and for good. They go before the JVM because capset(2) changes one
# thread, and a JVM has a dozen before its first line of ours. NET_ADMIN makes and removes the interface and sets
# fwmarks; NET_BIND_SERVICE is for ports below 1024. DAC_READ_SEARCH is added where our own files, and those given as
# arguments, can be read with it alone, as in a home folder that is closed to root. It stays empty, with a line on
# stderr, where that cannot be done, and without one where WGJ_PRIVILEGES=all asks for that. Expects WGJ_COMMAND.
least_privileges() {
    local reading
    WGJ_LEAST=()
    [ "${WGJ_PRIVILEGES:-}" != all ] && [ "$EUID" = 0 ] && ! has_few_capabilities || return 0
    for reading in "" ,+dac_read_search; do
        WGJ_LEAST=(setpriv --no-new-privs --inh-caps=-all "--bounding-set=-all,+net_admin,+net_bind_service$reading")
        can_read_wgj "$@" && return 0
    done
    WGJ_LEAST=()
    [ "${LOG_LEVEL:-}" = silent ] || echo "wgj keeps the capabilities it was started with: setpriv (util-linux) is missing or may not drop them" >&2
}

# Sets the array WGJ_FILES to those of the arguments of "wgj run" that are files, folders or names of interfaces.
files_of_run() {
    local argument
    WGJ_FILES=()
    for argument in "$@"; do
        if [ -d "$argument" ]; then
            WGJ_FILES+=("${argument%/}"/*.conf)
        else
            WGJ_FILES+=("$argument" "/etc/wireguard/$argument.conf")
        fi
    done
}

# The same for "wgj run" with the arguments given.
# Hooks are commands of root's, which may load modules, mount, enter namespaces or write others' files: with a hook in
# any of the files all is kept, and so it is where SaveConfig replaces a file that is not root's own, or in a folder
# that is not. No line is needed then. A hook that a comment hides, or the wrong section, counts: too much is kept.
least_privileges_of_run() {
    local argument
    local -a readable=()
    WGJ_LEAST=()
    files_of_run "$@"
    for argument in "${WGJ_FILES[@]}"; do
        [ -e "$argument" ] || continue
        # What is no regular file can be read only once. Of one that cannot be read Java says why.
        { [ ! -f "$argument" ] || grep -Eqis '(Pre|Post)(Up|Down)[[:space:]]*=' -- "$argument"; } && return 0
        grep -Eqis 'SaveConfig[[:space:]]*=' -- "$argument" &&
            ! { [ -O "$argument" ] && [ -O "$(dirname -- "$(readlink -f -- "$argument")")" ]; } && return 0
        readable+=("$argument")
    done
    least_privileges "${readable[@]}"
}

# The same for "wgj run --user NAME" with the user and the arguments given: no thread of it is ever root, and NET_ADMIN and
# NET_BIND_SERVICE are ambient, so hooks have them too. Returns 1, with a line on stderr, where it cannot become that user
# or that user cannot read wgj, or where a folder is in other hands.
privileges_of_user() {
    local user=$1 uid group kept=-all,+net_admin,+net_bind_service
    group=$(id -g -- "$user" 2>/dev/null) || {
        echo "wgj: --user wants the name of a user, and there is no user $user (useradd --system --shell /usr/sbin/nologin NAME makes one)" >&2
        return 1
    }
    WGJ_LEAST=(setpriv --reuid "$user" --regid "$group" --init-groups --no-new-privs
        --inh-caps=$kept --ambient-caps=$kept --bounding-set=$kept)
    "${WGJ_LEAST[@]}" true || {
        echo "wgj: cannot become $user with NET_ADMIN and NET_BIND_SERVICE: start it as root, with setpriv (util-linux) installed" >&2
        return 1
    }
    can_read_wgj || {
        echo "wgj: $user cannot read $WGJ_LIB or ${WGJ_COMMAND[0]}: put them where all may read, such as /opt" >&2
        return 1
    }
    uid=$(id -u -- "$user")
    [ "$EUID" != 0 ] || [ "$uid" = 0 ] || { make_folder "$uid" "$group" && link_sockets "$uid" "${@:2}"; }
}

# Makes wgj keep its journals and its sockets in the folder of the user with the number $1: in what belongs to another user
# root would find journals whose hooks are not root's, and sockets that are not what they seem.
use_folder_of() {
    WGJ_COMMAND=("${WGJ_COMMAND[0]}" "-Dwgj.state.directory=/run/wgj-$1" "-Dwgj.uapi.directory=/run/wgj-$1" "${WGJ_COMMAND[@]:1}")
}

# Makes that folder, for the group $2, and has it used. Returns 1, with a line on stderr, where another user's is there.
make_folder() {
    local folder=/run/wgj-$1
    ! mkdir -m 0700 "$folder" 2>/dev/null || chown -h "$1:$2" "$folder" || return 1
    if [ -L "$folder" ] || [ "$(stat -c %u "$folder")" != "$1" ]; then
        echo "wgj: $folder does not belong to the user of that number: remove it" >&2
        return 1
    fi
    use_folder_of "$1"
}

# Lets root's wg find the sockets of the user with the number $1, for the interfaces of the arguments that follow. A link
# that leads nowhere is out of use. Anything else that is in the way stays: an interface of that name may be up.
link_sockets() {
    local target link file sockets=/var/run/wireguard
    mkdir -m 0700 "$sockets" 2>/dev/null
    if [ -L "$sockets" ] || [ ! -O "$sockets" ]; then
        echo "wgj: $sockets does not belong to root, which keeps the names of sockets there: chown root: $sockets" >&2
        return 1
    fi
    files_of_run "${@:2}"
    for file in "${WGJ_FILES[@]}"; do
        [[ $file == *.conf && -e $file ]] || continue
        file=${file##*/}
        link=$sockets/${file%.conf}.sock
        target=/run/wgj-$1/${file%.conf}.sock
        [ -e "$link" ] || ln -sfn -- "$target" "$link" || return 1
        [ "$(readlink -- "$link")" = "$target" ] ||
            echo "wgj: $link is in the way: wg does not show this ${file%.conf}; remove it if it is of no use" >&2
    done
}

# Prints the NAME of --user NAME, or --user=NAME, among the arguments; nothing where there is none.
user_of() {
    while [ $# -gt 0 ]; do
        case $1 in
            --user=*) printf '%s\n' "${1#*=}" ;;
            --user) printf '%s\n' "${2:-}" ;;
        esac
        shift
    done
}
