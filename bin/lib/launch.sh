# SPDX-License-Identifier: Apache-2.0
# Sourced by the launchers: builds wgj if nothing is built yet and knows how to start its JVM.

. "$WGJ_HOME/bin/lib/java.sh"
. "$WGJ_HOME/bin/lib/jvm.sh"

# The next file that is opened would get the number of a standard descriptor that the caller closed, and be read or written
# in its place. The duplicate 9 fails if the descriptor is closed. What is written to a closed output fails as before.
true 2>/dev/null 9<&0 || exec </dev/null
true 2>/dev/null 9>&1 || exec 1</dev/null
{ true 9>&2; } 2>/dev/null || exec 2>/dev/null
unset WGJ_READY_FD WGJ_DETACH # a daemon's hooks may start wgj

if is_packaged; then
    readonly WGJ_TARGET=$WGJ_HOME WGJ_LIB=$WGJ_HOME/lib WGJ_NATIVE=$WGJ_HOME/native
else
    readonly WGJ_TARGET="$WGJ_HOME/wg-daemon/target"
    readonly WGJ_LIB="$WGJ_TARGET/lib"
    readonly WGJ_NATIVE="$WGJ_LIB/native"
fi

is_built() {
    is_packaged || [ -d "$WGJ_NATIVE" ] && compgen -G "$WGJ_TARGET/wg-daemon-*.jar" >/dev/null
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
    echo "wgj is not built yet: building it once, which takes a minute or two" >&2
    local log status=0
    log=$(mktemp)
    # One builder at a time: several interfaces may be started at once.
    (cd "$WGJ_HOME" && flock 9 && { is_built || build; }) 9<"$WGJ_HOME/pom.xml" >"$log" 2>&1 || status=1
    give_to_owner
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        echo "the build failed" >&2
    fi
    rm -f "$log"
    return "$status"
}

# Maven also makes the caches.
build() {
    mvn -q -B -DskipTests -Dtest.compile.skip=true -Dformat.skip=true package -pl wg-daemon -am
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

# Makes the JVM open files whose names have other letters than ASCII's. It cannot in the locale C, as in cron, nor if one of
# the variables names a locale that is not installed here, as after an ssh that passes its own on.
use_letters() {
    local name
    for name in LANG "${!LC_@}"; do
        [[ ${!name:-} != *[Uu][Tt][Ff]*8* ]] || is_utf8 "${!name}" || export "$name=C.UTF-8"
    done
    case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
        C | POSIX)
            WGJ_JVM+=(-Dstdout.encoding=US-ASCII) # the terminal may have no other letters
            unset LC_ALL
            export LC_CTYPE=C.UTF-8
            ;;
    esac
}

# Whether the C library has the locale $1, and bash takes the two bytes of ü for one letter there. A locale that is missing
# leaves bash in the one before.
is_utf8() (
    LC_ALL=C
    LC_ALL=$1
    umlaut=$'\xc3\xbc'
    [ ${#umlaut} -eq 1 ]
) 2>/dev/null

# Sets the array WGJ_COMMAND to the command that runs the main class $1 as a "service" or a "command".
java_command() {
    local java
    local -a WGJ_JVM
    java=$(find_java) || return 1
    jvm_options "$2"
    use_letters
    # The C library's error messages are read here, so they must be English. The character set stays the user's.
    if [ -n "${LC_ALL:-}" ]; then
        export LC_CTYPE=$LC_ALL
        unset LC_ALL
    fi
    export LC_MESSAGES=C
    if is_packaged; then
        use_native "$WGJ_NATIVE"
    else
        # The same, from where Maven unpacks them.
        WGJ_JVM+=("-Djna.boot.library.path=$WGJ_NATIVE/com/sun/jna/linux-$(jna_machine)"
            "-Djava.library.path=$WGJ_NATIVE/META-INF/native" -Djna.nounpack=true
            "-Dorg.sqlite.lib.path=$WGJ_NATIVE/org/sqlite/native/Linux/$HOSTTYPE")
    fi
    # The JVM notices a jar of another size, but not a rebuilt one of the same size.
    ! { is_packaged || is_newer "$WGJ_TARGET/$2.aot"; } || use_cache "$WGJ_TARGET/$2.aot"
    # shellcheck disable=SC2206
    WGJ_COMMAND=("$java" "${WGJ_JVM[@]}" ${WGJ_JAVA_OPTS:-} -cp "$(class_path "$WGJ_TARGET" "$WGJ_LIB")" "$1")
}

# Reads the pipe from a program. Returns 0 at the line "ready", and 1 if the program ended without it. An exit code may follow
# "ready"; WGJ_READY is that code.
await_ready() {
    local line
    IFS= read -r line || return 1
    case $line in
        ready | "ready "[0-9]) WGJ_READY=${line#ready} ;;
        *) return 1 ;;
    esac
}

# Gives the token of "wgj join" to the program by standard input instead of an argument or a variable: the program stays, and
# others could see its arguments for as long. Changes the array WGJ_ARGUMENTS.
hide_token() {
    local i token=${WGJ_TOKEN:-}
    for i in "${!WGJ_ARGUMENTS[@]}"; do
        case ${WGJ_ARGUMENTS[i]} in
            wgjt_* | [[:space:]]*wgjt_*) token=${WGJ_ARGUMENTS[i]} WGJ_ARGUMENTS[i]=- ;;
            -) token= ;;
        esac
    done
    [ -z "${WGJ_TOKEN:-}" ] || export WGJ_TOKEN=- # which the program takes like the argument
    # Not a here-string, which bash before 5.1 writes to a file. A - is no token, but says where to read it.
    [ -z "$token" ] || [ "$token" = - ] || exec < <(printf '%s\n' "$token")
}

# Runs WGJ_COMMAND with WGJ_ARGUMENTS as a child, and exits with its exit code. If the program says that it stays, exits with
# the code that it says, and the program goes on without this shell.
run_until_it_stays() {
    local input output started pid status signal
    exec {input}<&0 {output}>&1
    exec {started}< <(
        exec {told}>&1
        export WGJ_READY_FD=$told
        keep_nothing_of_the_caller "$told" "$input" "$output"
        trap - INT QUIT # which a shell ignores for such a process
        exec "${WGJ_COMMAND[@]}" "${WGJ_ARGUMENTS[@]}" <&"$input" {input}<&- >&"$output" {output}>&-
    )
    pid=$!
    for signal in INT TERM HUP; do
        # shellcheck disable=SC2064
        trap "kill -$signal $pid 2>/dev/null" "$signal"
    done
    exec {input}<&- {output}>&-
    ! await_ready <&"$started" || exit "${WGJ_READY:-0}"
    status=129
    while [ "$status" -gt 128 ] && kill -0 "$pid" 2>/dev/null; do # a signal ends a wait
        wait "$pid"
        status=$?
    done
    wait "$pid" 2>/dev/null
    exit
}

# Closes all descriptors except the first three and those given, and removes all variables from the environment except those
# that wgj, the JVM and the C library read. A process in the background must not keep its caller waiting, nor its secrets.
keep_nothing_of_the_caller() {
    local fd name kept=" 0 1 2 $* "
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        [[ $kept == *" $fd "* ]] || exec {fd}>&-
    done
    for name in $(compgen -e); do
        case $name in
            PATH | LANG | LC_* | TZ | TMPDIR | LOG_LEVEL | JOURNAL_STREAM | WG_* | WGJ_* | JAVA_* | JDK_* | _JAVA_OPTIONS | LD_*) ;;
            *) export -n "$name" ;;
        esac
    done
    name=$(compgen -A function)
    # shellcheck disable=SC2086
    export -fn $name
}

# Succeeds if the bounding set permits only NET_BIND_SERVICE (bit 10), NET_ADMIN (12) and DAC_READ_SEARCH (2), as under the unit
# in dist/, which leaves no SETPCAP to drop more.
has_few_capabilities() {
    local name value bounding=
    while read -r name value; do
        [ "$name" != CapBnd: ] || bounding=$value
    done </proc/self/status
    [ -n "$bounding" ] && (((16#$bounding & ~16#1404) == 0))
}

# Succeeds if a process that WGJ_LEAST starts can read wgj itself and the files given.
can_read_wgj() {
    local file
    local -a all=(-x "${WGJ_COMMAND[0]}" -a -r "$WGJ_LIB" -a -x "$WGJ_LIB")
    for file in "$@"; do all+=(-a -r "$file"); done
    "${WGJ_LEAST[@]}" test "${all[@]}" 2>/dev/null
}

# Sets the array WGJ_LEAST to the words that start a daemon with only the capabilities it uses, in all its threads (root
# keeps the bounding set over an exec) and for good. They go before the JVM because capset(2) changes one thread, and a
# JVM has a dozen before our first line runs. NET_ADMIN makes and removes the interface and sets fwmarks;
# NET_BIND_SERVICE is for ports below 1024. DAC_READ_SEARCH is added if our own files, or those given as arguments,
# cannot be read without it, as in a home folder that is closed to root. The array stays empty if WGJ_PRIVILEGES=all asks
# for that, and, with a line on stderr, if the capabilities cannot be dropped. Expects WGJ_COMMAND.
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

# The same for "wgj run --userspace" with the arguments given, which runs no hooks and writes no file.
least_privileges_of_userspace() {
    local file
    local -a readable=()
    files_of_run "$@"
    for file in "${WGJ_FILES[@]}"; do [ ! -e "$file" ] || readable+=("$file"); done
    least_privileges "${readable[@]}"
}

# Sets the array WGJ_FILES to the files that the arguments of "wgj run" may mean: files, folders, names of interfaces.
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
# Hooks are commands that root runs. They may load modules, mount, enter namespaces or write others' files, so with a hook
# in any of the files all capabilities are kept. The same holds if SaveConfig replaces a file that does not belong to root,
# or is in a folder that does not. No line is printed then. A hook in a comment or in the wrong section counts too: then
# more is kept than necessary.
least_privileges_of_run() {
    local argument
    local -a readable=()
    WGJ_LEAST=()
    files_of_run "$@"
    for argument in "${WGJ_FILES[@]}"; do
        [ -e "$argument" ] || continue
        # A file that is not regular can be read only once. If a file cannot be read, Java says why.
        { [ ! -f "$argument" ] || grep -Eqis '(Pre|Post)(Up|Down)[[:space:]]*=' -- "$argument"; } && return 0
        grep -Eqis 'SaveConfig[[:space:]]*=' -- "$argument" &&
            ! { [ -O "$argument" ] && [ -O "$(dirname -- "$(readlink -f -- "$argument")")" ]; } && return 0
        readable+=("$argument")
    done
    least_privileges "${readable[@]}"
}

# The same for "wgj run --user NAME" with the user and the arguments given. No thread of it is ever root. NET_ADMIN and
# NET_BIND_SERVICE are ambient, so hooks have them too. Returns 1, with a line on stderr, if it cannot become that user,
# if that user cannot read wgj, or if a folder belongs to another user.
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

# Makes wgj keep its journals and sockets in the folder of the user with the number $1. Root must not use another user's
# folder: the hooks in its journals, and the processes behind its sockets, are that user's.
use_folder_of() {
    use_folder "/run/wgj-$1"
}

use_folder() {
    WGJ_COMMAND=("${WGJ_COMMAND[0]}" "-Dwgj.state.directory=$1" "-Dwgj.uapi.directory=$1" "${WGJ_COMMAND[@]:1}")
}

# Makes wgj of a user without root use that user's folder: the one of "run --user", or wgj in XDG_RUNTIME_DIR. The latter
# is made if $1 is not empty, for "run --userspace".
use_own_folder() {
    local folder
    [ "$EUID" != 0 ] || return 0
    if [ -O "/run/wgj-$EUID" ]; then
        use_folder_of "$EUID"
    elif [ -n "${XDG_RUNTIME_DIR:-}" ] && [ -O "$XDG_RUNTIME_DIR" ]; then
        folder=$XDG_RUNTIME_DIR/wgj
        [ -z "$1" ] || mkdir -m 0700 "$folder" 2>/dev/null
        [ ! -O "$folder" ] || use_folder "$folder"
    fi
}

# Makes that folder, for the group $2, and uses it. Returns 1, with a line on stderr, if it belongs to another user.
make_folder() {
    local folder=/run/wgj-$1
    ! mkdir -m 0700 "$folder" 2>/dev/null || chown -h "$1:$2" "$folder" || return 1
    if [ -L "$folder" ] || [ "$(stat -c %u "$folder")" != "$1" ]; then
        echo "wgj: $folder does not belong to the user of that number: remove it" >&2
        return 1
    fi
    use_folder_of "$1"
}

# Makes links by which root's wg finds the sockets of the user with the number $1, for the interfaces of the arguments that
# follow. A link that leads nowhere is replaced. Any other file of that name stays: an interface of that name may be up.
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
            echo "wgj: $link is in the way: wg does not show this ${file%.conf}; remove it if it is not needed" >&2
    done
}

# Prints the NAME of --user NAME, or --user=NAME, among the arguments; prints nothing if there is none.
user_of() {
    while [ $# -gt 0 ]; do
        case $1 in
            --user=*) printf '%s\n' "${1#*=}" ;;
            --user) printf '%s\n' "${2:-}" ;;
        esac
        shift
    done
}
