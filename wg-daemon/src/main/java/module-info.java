// SPDX-License-Identifier: Apache-2.0
/** The daemon, its configuration protocol, and the commands of wg and wg-quick. */
module org.wgj.daemon {
    requires org.wgj.coordinator;
    requires org.wgj.mesh;
    requires org.wgj.netstack;
    requires org.wgj.tunnel;
    requires com.google.gson;
    requires com.sun.jna;
    requires info.picocli;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires java.management;
    requires java.net.http;
    requires jdk.net;
    requires org.slf4j;

    opens org.wgj.cli to
            info.picocli;
    opens org.wgj.cli.mesh to
            info.picocli;
    opens org.wgj.cli.option to
            info.picocli;

    provides org.slf4j.spi.SLF4JServiceProvider with
            org.wgj.log.LogProvider;
}
