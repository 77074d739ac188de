// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP/IP stack in user space over a WireGuard tunnel: sockets without root, TUN device or kernel.
 */
module org.wgj.netstack {
    requires transitive org.wgj.tunnel;
    requires org.wgj.tun;
    requires jdk.net;
    requires org.slf4j;

    exports org.wgj.netstack;
}
