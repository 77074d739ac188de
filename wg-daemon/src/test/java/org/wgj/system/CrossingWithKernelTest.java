// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.junit.jupiter.api.Tag;
import org.wgj.lab.Implementation;

/** The other end is the Linux kernel's own WireGuard, in a virtual machine. */
@Tag("slow")
class CrossingWithKernelTest extends Crossing {
    @Override
    Tunnel tunnel(Lab lab) {
        return Tunnel.toKernel(lab, Implementation.WGJ);
    }
}
