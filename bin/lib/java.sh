# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: finds the JDK (or JRE) that wgj needs.

readonly WGJ_JAVA_RELEASE=25

# Prints the path of the first java of at least that release in JAVA_HOME, PATH and the usual folders of installed
# JVMs; says in one line what is missing and returns 1 where there is none.
find_java() {
    local home candidate
    local -a candidates=()
    [ -n "${JAVA_HOME:-}" ] && candidates+=("$JAVA_HOME/bin/java")
    candidate=$(command -v java) && candidates+=("$candidate")
    for home in /usr/lib/jvm/* /opt/java/* /opt/jdk* /usr/java/*; do
        candidates+=("$home/bin/java")
    done
    for candidate in "${candidates[@]}"; do
        [ -x "$candidate" ] || continue
        if [ "$(java_release_of "$candidate")" -ge "$WGJ_JAVA_RELEASE" ]; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    echo "wgj needs Java $WGJ_JAVA_RELEASE or newer and found none in JAVA_HOME, PATH or /usr/lib/jvm: install one (for example Temurin $WGJ_JAVA_RELEASE) or set JAVA_HOME" >&2
    return 1
}

# Prints the feature release of a java binary, 0 when it cannot be told. The file "release" beside it answers
# without starting a JVM.
java_release_of() {
    local home=${1%/bin/java} version= line
    [ -r "$home/release" ] || home=$(readlink -f "$1") home=${home%/bin/java}
    if [ -r "$home/release" ]; then
        while read -r line; do
            [[ $line =~ ^JAVA_VERSION=\"([0-9]+) ]] && version=${BASH_REMATCH[1]}
        done <"$home/release"
    fi
    [ -n "$version" ] || version=$("$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = \([0-9]*\).*/\1/p')
    printf '%s\n' "${version:-0}"
}
