// SPDX-License-Identifier: Apache-2.0
/** The coordinator of a mesh: its store, its API and its page. */
@SuppressWarnings("module") // the module that packages are exported to is built after this one
module org.wgj.coordinator {
    requires transitive org.wgj.mesh;
    requires com.google.gson;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;
    requires org.slf4j;

    exports org.wgj.coordinator.api to
            org.wgj.daemon;
}
