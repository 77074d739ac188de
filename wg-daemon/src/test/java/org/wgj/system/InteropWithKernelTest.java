// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;

/** The other end is the Linux kernel's own WireGuard. */
class InteropWithKernelTest extends Interoperability {
    private Tunnel tunnel;

    @Override
    Tunnel tunnel(Lab lab, Carrier carrier) {
        if (tunnel == null) {
            tunnel = Tunnel.toKernel(lab, Implementation.WGJ);
        }
        return tunnel;
    }
}
