// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP/IP stack in user space over a WireGuard tunnel: sockets without root, TUN device or kernel.
 */
@SuppressWarnings("module") // the module that packages are exported to is built after this one
module org.wgj.netstack {
    requires transitive org.wgj.tunnel;
    requires org.wgj.tun;
    requires io.netty.buffer;
    requires io.netty.common;
    requires transitive io.netty.transport;
    requires static jdk.jfr; // with it, connections are recorded for Flight Recorder
    requires jdk.net;
    requires org.slf4j;

    exports org.wgj.netstack;
    exports org.wgj.netstack.dns to
            org.wgj.daemon;
    exports org.wgj.netstack.proxy to
            org.wgj.daemon;
    exports org.wgj.netstack.wire to
            org.wgj.mesh,
            org.wgj.coordinator;
}
