// SPDX-License-Identifier: Apache-2.0
/** The WireGuard protocol, sans-IO: no socket, no thread, no clock, no log. */
@SuppressWarnings("module") // the modules that packages are exported to are built after this one
module org.wgj.protocol {
    requires transitive org.wgj.crypto;

    exports org.wgj.protocol;
    exports org.wgj.protocol.device to
            org.wgj.tunnel,
            org.wgj.mesh,
            org.wgj.coordinator,
            org.wgj.daemon;
    exports org.wgj.protocol.message to
            org.wgj.tunnel,
            org.wgj.mesh,
            org.wgj.coordinator,
            org.wgj.daemon;
}
