// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Implementation;

/** The other end is wireguard-go. */
class CrossingWithWireguardGoTest extends Crossing {
    @Override
    Tunnel tunnel(Lab lab) {
        return Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
    }
}
