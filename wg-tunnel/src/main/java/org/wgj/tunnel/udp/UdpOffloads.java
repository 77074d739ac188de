// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.tunnel.settings.TunnelProperties;

/**
 * The kernel's segmentation offloads that are used or may be used. They carry up to 64 datagrams of
 * one flow through the kernel at the cost of one.
 *
 * @param gso sending: UDP_SEGMENT, "generic segmentation offload", from Linux 4.18
 * @param gro receiving: UDP_GRO, "generic receive offload", from Linux 5.0
 */
public record UdpOffloads(boolean gso, boolean gro) {
    static final UdpOffloads NONE = new UdpOffloads(false, false);

    /**
     * Returns the offloads that the system properties allow, or that this kernel's faults allow if
     * a property is not set.
     *
     * @throws IllegalArgumentException if a property is neither {@code on} nor {@code off}
     */
    static UdpOffloads allowed() {
        return allowed(System.getProperty("os.version"));
    }

    /** Returns the same for the kernel with that release. */
    static UdpOffloads allowed(String release) {
        return new UdpOffloads(
                allowed(KernelFault.UDP_GSO, release), allowed(KernelFault.UDP_GRO, release));
    }

    private static boolean allowed(KernelFault fault, String release) {
        return TunnelProperties.isOn(fault.property(), !fault.isIn(release));
    }
}
