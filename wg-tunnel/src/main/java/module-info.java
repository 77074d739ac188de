// SPDX-License-Identifier: Apache-2.0
/**
 * A WireGuard tunnel for programs that embed one: the tunnel, its UDP transports, and the parser of
 * wg-quick's files. It knows no command line, no JSON and no configuration socket.
 */
@SuppressWarnings("module") // the modules that packages are exported to are built after this one
module org.wgj.tunnel {
    requires transitive org.wgj.crypto;
    requires transitive org.wgj.protocol;
    requires transitive org.wgj.tun;
    requires com.sun.jna;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires org.slf4j;

    exports org.wgj.tunnel;
    exports org.wgj.tunnel.config to
            org.wgj.daemon;
    exports org.wgj.tunnel.text to
            org.wgj.daemon;
    exports org.wgj.tunnel.udp to
            org.wgj.daemon;
    exports org.wgj.tunnel.warmup to
            org.wgj.daemon;
}
