# SPDX-License-Identifier: Apache-2.0
# Sourced by bin/deb: the files of the Debian package.
#
#   /usr/bin/wgj, /usr/bin/wireguard-java   links to the launchers
#   /usr/lib/wgj/bin                        the launchers
#   /usr/lib/wgj/jre                        the Java runtime
#   /usr/lib/wgj, .../lib, .../native       the jars and caches, the native libraries
#   the units, manual pages, completion, and examples of drop-ins

readonly DEB_PAGES="$WGJ_HOME/wg-daemon/target/man/man1"

# Succeeds if the manual pages are newer than the commands that they describe. Making them builds the jars anew, while
# programs may run from them.
has_pages() {
    local page="$DEB_PAGES/wgj.1"
    [ -e "$page" ] && [ -z "$(find "$WGJ_HOME/wg-daemon/src/main" -newer "$page" -print -quit)" ]
}

# Makes the new folder $1 with version $2 for the architecture $3; all files get the time $4.
make_package_root() {
    local root=$1 version=$2 architecture=$3 stamp=$4 java
    java=$(find_java) || return 1
    mkdir -p "$root/usr/lib/wgj" || return 1
    package_runtime "$root" "${java%/bin/java}/bin/jlink" && package_programs "$root" "$java" &&
        package_units "$root" && package_documents "$root" "$version" "$stamp" || return 1
    # Before the caches are made: they remember the times of the files they came from.
    find "$root" -exec touch -h -d "$stamp" {} +
    package_caches "$root" && package_control "$root" "$version" "$architecture" || return 1
    find "$root" -exec touch -h -d "$stamp" {} +
}

package_runtime() {
    local root=$1 wgj="$1/usr/lib/wgj"
    add_runtime "$root" "$2" || return 1
    mv "$root/usr/lib/jre" "$wgj/jre" && rm "$root/usr/bin/java" && rm -f "$wgj/jre/lib/jexec" &&
        chmod -R a+rX,u+w "$wgj/jre"
}

# Removes symbols for debuggers, which some JDKs and libraries have, and the bit by which libraries look like programs.
strip_libraries() {
    find "$1" -name '*.so' -exec chmod 644 {} + && find "$1" \( -name '*.so' -o -perm -u+x \) -type f ! -name '*.sh' \
        ! -path "$1/bin/*" -exec strip --strip-unneeded {} +
}

package_programs() {
    local root=$1 wgj="$1/usr/lib/wgj" java=$2 program
    mkdir -p "$wgj"/{bin/lib,lib} "$root/usr/bin" || return 1
    install -m 755 "$WGJ_HOME"/bin/{wgj,wireguard-java} "$wgj/bin/" &&
        install -m 644 "$WGJ_HOME"/bin/lib/{launch,java,jvm}.sh "$wgj/bin/lib/" &&
        install -m 644 "$WGJ_TARGET"/wg-daemon-*.jar "$wgj/" && rm -f "$wgj"/*-tests.jar &&
        install -m 644 "$WGJ_LIB"/*.jar "$wgj/lib/" && install -m 644 "$WGJ_TARGET/wgj.cdx.json" "$wgj/" &&
        prepare_jars "$java" "$wgj/lib" && move_native "$wgj" "$java" "$HOSTTYPE" || return 1
    for program in wgj wireguard-java; do ln -s "../lib/wgj/bin/$program" "$root/usr/bin/$program" || return 1; done
    strip_libraries "$wgj"
}

# The paths of a clone in /opt become those of the package.
package_units() {
    local units="$1/lib/systemd/system" examples="$1/usr/share/doc/wgj/examples" unit
    mkdir -p "$units" "$examples" || return 1
    for unit in "$WGJ_HOME"/dist/*.service; do
        sed -e 's|/opt/wgj/bin/|/usr/bin/|' -e '/^# .*\/opt\/wgj/d' -e 's|see user.conf beside it\. .*|see /usr/share/doc/wgj/examples/user.conf.|' \
            "$unit" >"$units/$(basename "$unit")" || return 1
    done
    sed 's|/opt/wgj/bin/|/usr/bin/|' "$WGJ_HOME/dist/user.conf" >"$examples/user.conf" &&
        install -m 644 "$WGJ_HOME/dist/wg-quick.conf" "$examples/"
}

package_documents() {
    local root=$1 documents="$1/usr/share/doc/wgj" pages="$1/usr/share/man/man1" java completions
    completions="$root/usr/share/bash-completion/completions"
    mkdir -p "$documents" "$pages" "$completions" "$root/usr/share/lintian/overrides" || return 1
    cp "$DEB_PAGES"/*.1 "$pages/" && chmod 644 "$pages"/*.1 && gzip -9n "$pages"/*.1 || return 1
    java=$(find_java) && "$java" -XX:TieredStopAtLevel=1 -cp "$(class_path "$WGJ_TARGET" "$WGJ_LIB")" org.wgj.cli.Wgj \
        generate-completion | sed 1d >"$completions/wgj" || return 1
    deb_copyright >"$documents/copyright" || return 1
    install -m 644 "$WGJ_HOME/NOTICE" "$documents/" && gzip -9nc "$WGJ_HOME/CHANGELOG.md" >"$documents/changelog.gz" &&
        gzip -9n >"$documents/changelog.Debian.gz" <<END || return 1
wgj ($2-1) unstable; urgency=medium

  * See changelog.gz.

 -- $(deb_maintainer)  $(LC_ALL=C date -u -R -d "$3")
END
    deb_overrides >"$root/usr/share/lintian/overrides/wgj"
}

# The runs use the package's own runtime and jars. It does not matter that these are in another folder still.
package_caches() {
    local wgj="$1/usr/lib/wgj" classpath kind
    local -a WGJ_JVM=()
    use_native "$wgj/native"
    classpath=$(class_path "$wgj" "$wgj/lib")
    for kind in command service; do
        make_cache "$wgj/$kind.aot" "$wgj/jre/bin/java" "$classpath" "$kind" "${WGJ_JVM[@]}" && chmod 644 "$wgj/$kind.aot" || return 1
    done
}

deb_maintainer() {
    printf '%s <%s>' "${DEBFULLNAME:-The wgj authors}" "${DEBEMAIL:-wgj@localhost.localdomain}"
}

package_control() {
    local root=$1 version=$2 architecture=$3 size
    mkdir -p "$root/DEBIAN" || return 1
    size=$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)
    cat >"$root/DEBIAN/control" <<END || return 1
Package: wgj
Version: $version-1
Architecture: $architecture
Maintainer: $(deb_maintainer)
Installed-Size: $size
Depends: $(deb_libraries "$root")
Recommends: nftables | iptables
Suggests: wireguard-tools, resolvconf
Section: net
Priority: optional
Description: WireGuard in user space, with the commands of wg and wg-quick
 wgj runs WireGuard interfaces without a kernel module. It reads the files of
 wg-quick, answers wg, and takes the place of wireguard-go.
 .
 Without root it reaches a WireGuard network through SOCKS5 and HTTP proxies
 and port forwards, from a file of wg-quick or wireproxy.
 .
 It is written in Java and brings the parts of a Java runtime that it needs.
END
    deb_script postinst >"$root/DEBIAN/postinst" && deb_script postrm >"$root/DEBIAN/postrm" &&
        deb_prerm >"$root/DEBIAN/prerm" && chmod 755 "$root"/DEBIAN/{postinst,prerm,postrm} &&
        (cd "$root" && find usr lib -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
}

# Prints the packages of the libraries that the programs are linked with, as dpkg-shlibdeps finds them.
deb_libraries() {
    local work found
    work=$(mktemp -d) && mkdir "$work/debian" && printf 'Source: wgj\n\nPackage: wgj\nArchitecture: any\n' >"$work/debian/control" || return 1
    found=$(cd "$work" && find "$1/usr/lib/wgj" \( -name '*.so' -o -path '*/jre/bin/*' \) -type f -print0 |
        xargs -0 dpkg-shlibdeps -O --ignore-missing-info "-l$1/usr/lib/wgj/jre/lib" "-l$1/usr/lib/wgj/jre/lib/server" \
            2>"$work/errors" | sed -n 's/^shlibs:Depends=//p')
    [ -n "$found" ] || cat "$work/errors" >&2
    rm -rf "$work"
    [ -n "$found" ] && printf '%s\n' "$found"
}

# /etc/wireguard belongs to the administrator: no script makes, changes or removes anything there.
deb_script() {
    cat <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
fi
END
}

# Interfaces cannot run without their files. An upgrade leaves them running, as it may come through one of them.
deb_prerm() {
    cat <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl stop 'wgj@*.service' || true
    # Only if they run this package's program: a copy elsewhere goes on.
    for unit in wgj-join wgj-mesh wgj-node; do
        if systemctl show --property ExecStart "$unit.service" | grep -q -e 'path=/usr/bin/wgj ' -e 'path=/usr/lib/wgj/'; then
            systemctl stop "$unit.service" || true
            # wgj join wrote the node's unit, and writes it again. The identity stays in /var/lib/wgj.
            if grep -q '^# Written by wgj join' "/etc/systemd/system/$unit.service" 2>/dev/null; then
                systemctl --quiet disable "$unit.service" || true
                rm -f "/etc/systemd/system/$unit.service"
                systemctl daemon-reload || true
            fi
        fi
    done
fi
END
}

deb_copyright() {
    local file
    cat <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: wgj

Files: *
Copyright: 2026 The wgj authors
License: Apache-2.0

Files: usr/lib/wgj/lib/netty-* usr/lib/wgj/lib/picocli-* usr/lib/wgj/lib/gson-* usr/lib/wgj/native/libnetty*
Copyright: The Netty project, Remko Popma, Google Inc.
License: Apache-2.0

Files: usr/lib/wgj/lib/jna-* usr/lib/wgj/native/libjnidispatch.so
Copyright: Timothy Wall and the JNA contributors
License: Apache-2.0

Files: usr/lib/wgj/lib/bcprov-*
Copyright: The Legion of the Bouncy Castle Inc.
License: Expat

Files: usr/lib/wgj/lib/slf4j-*
Copyright: QOS.ch
License: Expat

Files: usr/lib/wgj/lib/sqlite-jdbc-* usr/lib/wgj/native/libsqlitejdbc.so usr/lib/wgj/lib/HikariCP-* usr/lib/wgj/lib/flyway-* usr/lib/wgj/lib/tomlj-*
Copyright: Taro L. Saito, Brett Wooldridge, Red Gate Software Ltd, the tomlj authors
License: Apache-2.0
Comment: SQLite itself, which is in libsqlitejdbc.so, is in the public domain.

Files: usr/lib/wgj/lib/postgresql-*
Copyright: 1997 PostgreSQL Global Development Group
License: BSD-2-Clause

Files: usr/lib/wgj/lib/antlr4-runtime-*
Copyright: 2012-2022 The ANTLR Project
License: BSD-3-Clause

Files: usr/lib/wgj/jre/*
Copyright: Oracle and/or its affiliates, and the OpenJDK contributors
License: GPL-2 with Classpath exception
 The texts, and those of the parts of other authors, are in
 /usr/lib/wgj/jre/legal. On Debian systems the GPL 2 is in
 /usr/share/common-licenses/GPL-2.

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

License: BSD-2-Clause
 Redistribution and use in source and binary forms, with or without
 modification, are permitted provided that the following conditions are met:
 .
 1. Redistributions of source code must retain the above copyright notice,
 this list of conditions and the following disclaimer.
 .
 2. Redistributions in binary form must reproduce the above copyright notice,
 this list of conditions and the following disclaimer in the documentation
 and/or other materials provided with the distribution.
 .
 THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
 AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
 IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE
 ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE
 LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR
 CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF
 SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
 INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
 CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
 ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
 POSSIBILITY OF SUCH DAMAGE.

License: BSD-3-Clause
 Redistribution and use in source and binary forms, with or without
 modification, are permitted provided that the following conditions are met:
 .
 1. Redistributions of source code must retain the above copyright notice,
 this list of conditions and the following disclaimer.
 .
 2. Redistributions in binary form must reproduce the above copyright notice,
 this list of conditions and the following disclaimer in the documentation
 and/or other materials provided with the distribution.
 .
 3. Neither the name of the copyright holder nor the names of its contributors
 may be used to endorse or promote products derived from this software without
 specific prior written permission.
 .
 THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
 AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
 IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE
 ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE
 LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR
 CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF
 SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
 INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
 CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
 ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
 POSSIBILITY OF SUCH DAMAGE.

License: Expat
 Permission is hereby granted, free of charge, to any person obtaining a copy
 of this software and associated documentation files (the "Software"), to deal
 in the Software without restriction, including without limitation the rights
 to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 copies of the Software, and to permit persons to whom the Software is
 furnished to do so, subject to the following conditions:
 .
 The above copyright notice and this permission notice shall be included in
 all copies or substantial portions of the Software.
 .
 THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 SOFTWARE.
END
}

# Lintian's findings, and why they stay. Lintian of Debian 12 knows Java up to 17.
deb_overrides() {
    cat <<'END'
# The runtime is one tree, as jlink makes it, with the licences of its parts.
wgj: extra-license-file [usr/lib/wgj/jre/*]
# Its libzip has zlib inside, as its builders made it.
wgj: embedded-library *
# The jars are this program's own; its caches know them by their paths.
wgj: jar-not-in-usr-share [usr/lib/wgj/*]
wgj: unknown-java-class-version *
# As the authors of JNA and of SQLite's driver built them.
wgj: hardening-no-relro [usr/lib/wgj/native/libjnidispatch.so]
wgj: hardening-no-relro [usr/lib/wgj/native/libsqlitejdbc.so]
# The package is not part of Debian.
wgj: initial-upload-closes-no-bugs *
# deb-systemd-invoke does not stop units by a pattern.
wgj: maintainer-script-calls-systemctl [prerm:*]
END
    [ -n "${DEBEMAIL:-}" ] || cat <<'END'
# The publisher of the package sets DEBEMAIL.
wgj: bogus-mail-host *
wgj: bogus-mail-host-in-debian-changelog *
END
}
