// SPDX-License-Identifier: Apache-2.0
/** UDP transports, the embeddable tunnel, the configuration protocol and the daemon. */
module org.wgj.daemon {
    requires transitive org.wgj.crypto;
    requires transitive org.wgj.protocol;
    requires transitive org.wgj.tun;
    requires com.google.gson;
    requires com.sun.jna;
    requires info.picocli;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.common;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires jdk.net;
    requires org.slf4j;

    exports org.wgj;

    opens org.wgj.cli to
            info.picocli;
}
