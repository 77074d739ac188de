// SPDX-License-Identifier: Apache-2.0
/**
 * A mesh of WireGuard nodes: configuration files for a list of nodes, joining by token, the map of
 * the mesh and what a node does with it, paths between nodes, and a relay that cannot read what it
 * carries. It knows no command line and no database.
 */
@SuppressWarnings({
    "module", // the modules that packages are exported to are built after this one
    "requires-automatic" // tomlj has a module's name, but no descriptor
})
module org.wgj.mesh {
    requires transitive org.wgj.netstack;
    requires transitive org.wgj.tunnel;
    requires com.google.gson;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.resolver;
    requires io.netty.transport;
    requires org.slf4j;
    requires org.tomlj;

    exports org.wgj.mesh.doctor to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.enrol to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.generate to
            org.wgj.daemon;
    exports org.wgj.mesh.map to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.node to
            org.wgj.daemon;
    exports org.wgj.mesh.path to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.relay to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.status to
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.mesh.token to
            org.wgj.coordinator,
            org.wgj.daemon;
}
