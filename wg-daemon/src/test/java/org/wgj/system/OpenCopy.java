// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;
import org.wgj.lab.Repository;

/** A copy of wgj that users without root can run. */
final class OpenCopy {
    private OpenCopy() {}

    /**
     * Makes a copy of the project that every user may read, and a device that every user may open,
     * as udev makes it, on a host; returns the copy's {@code wgj}.
     */
    static String of(Host host) {
        host.sh("mknod -m 666 /run/tun c 10 200 && mount --bind /run/tun /dev/net/tun");
        host.sh(
                """
                mkdir -p /run/opt/wg-daemon/target && cd '%s'
                cp -r bin pom.xml /run/opt
                cp -r wg-daemon/target/wg-daemon-*.jar wg-daemon/target/lib /run/opt/wg-daemon/target
                chmod -R a+rX /run/opt
                """,
                Repository.folder());
        return "/run/opt/bin/wgj";
    }
}
