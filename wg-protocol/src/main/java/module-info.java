// SPDX-License-Identifier: Apache-2.0
/** The WireGuard protocol, sans-IO: no socket, no thread, no clock, no log. */
module org.wgj.protocol {
    requires transitive org.wgj.crypto;

    exports org.wgj.protocol;
}
