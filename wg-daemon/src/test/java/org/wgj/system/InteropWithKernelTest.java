package org.wgj.system;

/** The other end is the Linux kernel's own WireGuard. */
class InteropWithKernelTest extends Interoperability {
    @Override
    Tunnel tunnel(Lab lab) {
        return Tunnel.toKernel(lab, Implementation.UNDER_TEST);
    }
}
