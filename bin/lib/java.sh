# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: finds the JDK (or JRE) that wgj needs, and names the packages that have what is missing.

readonly WGJ_JAVA_RELEASE=25
readonly WGJ_JDK_PACKAGE=openjdk-$WGJ_JAVA_RELEASE-jdk-headless

# Succeeds if these files are those of a package, which brings its own runtime (bin/deb). Expects WGJ_HOME.
is_packaged() {
    [ -x "${WGJ_HOME:-}/jre/bin/java" ]
}

# Prints the path of the package's java, or of the first java of at least that release in JAVA_HOME, PATH and the usual
# folders of installed JVMs. If there is none, it says so and returns 1.
find_java() {
    local home candidate
    local -a candidates=()
    if is_packaged; then
        printf '%s\n' "$WGJ_HOME/jre/bin/java"
        return 0
    fi
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
    echo "wgj needs Java $WGJ_JAVA_RELEASE or newer and found none in JAVA_HOME, PATH or /usr/lib/jvm" >&2
    if command -v apt-get >/dev/null && [ -z "$(apt-cache show --no-all-versions "$WGJ_JDK_PACKAGE" 2>/dev/null)" ]; then
        echo "apt knows no $WGJ_JDK_PACKAGE here: install Temurin $WGJ_JAVA_RELEASE (https://adoptium.net/installation/linux) or set JAVA_HOME" >&2
    else
        name_packages "$WGJ_JDK_PACKAGE" >&2
        echo "or set JAVA_HOME" >&2
    fi
    return 1
}

# Prints the feature release of a java binary, or 0 if that is unknown. The file "release" beside it tells without
# starting a JVM.
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

# Prints the command that installs the given packages, which have Debian's names, with the package manager of this system.
name_packages() {
    local package manager='apt-get install' family=apt
    local -a names=()
    if command -v apt-get >/dev/null; then
        :
    elif command -v dnf >/dev/null; then
        family=dnf manager='dnf install'
    elif command -v apk >/dev/null; then
        family=apk manager='apk add'
    elif command -v pacman >/dev/null; then
        family=pacman manager='pacman -S'
    else
        echo "install the packages that have the programs of Debian's $*"
        return
    fi
    for package in "$@"; do
        names+=("$(package_name "$family" "$package")")
    done
    echo "install what is missing, as root: $manager $(printf '%s\n' "${names[@]}" | sort -u | paste -sd' ')"
}

# Prints the name that the packages of dnf, apk or pacman ($1) have for the Debian package $2.
package_name() {
    case $1:$2 in
        dnf:openjdk-*) echo "java-$WGJ_JAVA_RELEASE-openjdk-devel" ;;
        apk:openjdk-*) echo "openjdk$WGJ_JAVA_RELEASE-jdk" ;;
        pacman:openjdk-*) echo "jdk$WGJ_JAVA_RELEASE-openjdk" ;;
        apt:*) echo "$2" ;;
        dnf:iproute2) echo iproute ;;
        *:iputils-ping) echo iputils ;;
        *:conntrack) echo conntrack-tools ;;
        pacman:ncat) echo nmap ;;
        *:ncat) echo nmap-ncat ;;
        *:procps) echo procps-ng ;;
        *:xz-utils) echo xz ;;
        dnf:busybox-static | pacman:busybox-static) echo busybox ;;
        dnf:qemu-system-x86) echo qemu-system-x86-core ;;
        apk:qemu-system-x86) echo qemu-system-x86_64 ;;
        *) echo "$2" ;;
    esac
}

# Prints the machine $1, as uname names it, as JNA does in its jar; without $1, this machine. Bash knows the machine, and a
# bare system may lack uname.
jna_machine() {
    case ${1:-$HOSTTYPE} in
        x86_64) echo x86-64 ;;
        *) echo "${1:-$HOSTTYPE}" ;;
    esac
}

# Prints it as Netty does.
netty_machine() {
    case ${1:-$HOSTTYPE} in
        aarch64) echo aarch_64 ;;
        *) echo "${1:-$HOSTTYPE}" ;;
    esac
}

# Prints it as Debian and the images of containers do.
debian_machine() {
    case ${1:-$HOSTTYPE} in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) echo "${1:-$HOSTTYPE}" ;;
    esac
}

# Gives the files in the target folders to the owner of the clone, if root has built in it. Otherwise the owner could not
# build there any more. Expects WGJ_HOME.
give_to_owner() {
    local owner
    [ "$EUID" = 0 ] && [ ! -O "$WGJ_HOME/pom.xml" ] || return 0
    owner=$(stat -c %u:%g "$WGJ_HOME/pom.xml") || return 1
    find "$WGJ_HOME" -maxdepth 2 -name target -type d -exec chown -R -P -h --from=0 "$owner" {} +
}
