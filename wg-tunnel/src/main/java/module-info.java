// SPDX-License-Identifier: Apache-2.0
/**
 * A WireGuard tunnel for programs that embed one: the tunnel, its UDP transports, and the parser of
 * wg-quick's files. It knows no command line, no JSON and no configuration socket.
 *
 * <p>On Linux the tunnel's own UDP transport wants Netty's epoll transport and JNA, which are
 * optional at run time; without them a tunnel uses Netty's datagram channel. A program on the
 * module path brings them into the module graph by {@code --add-modules
 * io.netty.transport.classes.epoll,io.netty.transport.epoll.linux.x86_64,com.sun.jna}, and allows
 * native access to {@code com.sun.jna} and {@code io.netty.common}.
 *
 * <p>The module {@code jdk.jfr} is optional too: with it a tunnel records events for Flight
 * Recorder.
 */
@SuppressWarnings("module") // the modules that packages are exported to are built after this one
module org.wgj.tunnel {
    requires transitive org.wgj.crypto;
    requires transitive org.wgj.protocol;
    requires transitive org.wgj.tun;
    requires io.netty.buffer;
    requires io.netty.common;
    requires transitive io.netty.transport; // the event loop of a UDP transport
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.unix.common;
    requires static jdk.jfr;
    requires org.slf4j;

    exports org.wgj.tunnel;
    exports org.wgj.tunnel.closing to
            org.wgj.mesh,
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.tunnel.config to
            org.wgj.mesh,
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.tunnel.text to
            org.wgj.mesh,
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.tunnel.udp;
    exports org.wgj.tunnel.warmup to
            org.wgj.daemon;
}
