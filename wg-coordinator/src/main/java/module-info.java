// SPDX-License-Identifier: Apache-2.0
/** The coordinator of a mesh: its store, its API and its page. */
@SuppressWarnings({
    "module", // the module that packages are exported to is built after this one
    "requires-automatic" // Flyway and PostgreSQL's driver have no descriptors
})
module org.wgj.coordinator {
    requires transitive org.wgj.mesh;
    requires com.google.gson;
    requires com.zaxxer.hikari;
    requires flyway.core;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;
    requires java.sql;
    requires jdk.net;
    requires org.postgresql.jdbc;
    requires org.slf4j;
    requires org.xerial.sqlitejdbc;

    exports org.wgj.coordinator.admin to
            org.wgj.daemon;
    exports org.wgj.coordinator.api to
            org.wgj.daemon;
    exports org.wgj.coordinator.registry to
            org.wgj.daemon;
    exports org.wgj.coordinator.serve to
            org.wgj.daemon;
    exports org.wgj.coordinator.store to
            org.wgj.daemon;
}
