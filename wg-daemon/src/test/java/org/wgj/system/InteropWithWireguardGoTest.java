// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;

/**
 * The other end is wireguard-go: a fresh one for each family outside, because one that has sent
 * over IPv4 goes on to send IPv6 datagrams to mutilated addresses (its pull request 135).
 */
class InteropWithWireguardGoTest extends Interoperability {
    @Override
    Tunnel tunnel(Lab lab, Carrier carrier) {
        return Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
    }
}
