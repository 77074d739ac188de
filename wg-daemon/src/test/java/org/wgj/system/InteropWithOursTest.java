// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;

/** Both ends are the implementation under test. */
class InteropWithOursTest extends Interoperability {
    private Tunnel tunnel;

    @Override
    Tunnel tunnel(Lab lab, Carrier carrier) {
        if (tunnel == null) {
            tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        }
        return tunnel;
    }
}
