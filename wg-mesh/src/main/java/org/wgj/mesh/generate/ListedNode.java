// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig.Address;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.util.List;

/**
 * One node of a list.
 *
 * @param line where it begins in its file, from 1 on
 * @param name names its files
 * @param endpointOrNull where others reach it; null behind NAT
 * @param port the port it listens on in the first plane
 * @param addresses its addresses in the first plane, one or one of each family
 * @param lans the networks behind it
 * @param hub whether others go through it: a hub, or its site's gateway
 * @param siteOrNull the site it belongs to; null for one of its own
 * @param keyOrNull its public key, if its private key stays on the node
 * @param gatewayOrNull its address in its LAN, for the routes of other machines there
 * @param outboundOrNull the interface on which a hub masks what goes to the internet; null for none
 */
record ListedNode(
        int line,
        String name,
        HostPort endpointOrNull,
        int port,
        List<Address> addresses,
        List<IpPrefix> lans,
        boolean hub,
        String siteOrNull,
        PublicKey keyOrNull,
        InetAddress gatewayOrNull,
        String outboundOrNull) {
    String site() {
        return siteOrNull == null ? "\0" + name : siteOrNull;
    }

    boolean behindNat() {
        return endpointOrNull == null;
    }
}
