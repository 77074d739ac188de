// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.tunnel.settings.TunnelProperties;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Faults of Linux releases that a program cannot detect by trying; this is the only list of them.
 * The offload that a fault damages is switched off on such a release, unless a system property
 * switches it on: a distribution may have mended its kernel without a newer number.
 */
public enum KernelFault {
    /**
     * Receiving by segments loses datagrams; wireguard-go has the same limit (features_linux.go).
     */
    UDP_GRO(
            null,
            new int[] {5, 12},
            "may lose datagrams that it received as one",
            TunnelProperties.UDP_GRO),

    /**
     * Some network cards get wrong headers and checksums where the last segment of a send has the
     * full size: from commit b10b446 of Linux to 78effd8 and 5f17ae0 (tailscale#19777).
     */
    UDP_GSO(
            new int[] {7, 0},
            new int[] {7, 1, 5},
            "damages datagrams that are sent as one, with some network cards",
            TunnelProperties.UDP_GSO);

    private final int[] first; // null: from the beginning
    private final int[] mended;
    private final String effect;
    private final String property;

    KernelFault(int[] first, int[] mended, String effect, String property) {
        this.first = first;
        this.mended = mended;
        this.effect = effect;
        this.property = property;
    }

    /**
     * Returns whether a kernel has the fault.
     *
     * @param release such as {@code 7.0.2-6-pve}; one that cannot be read counts as an old one
     * @return true if the fault was made before that release and not yet mended
     */
    public boolean isIn(String release) {
        return (first == null || Kernel.isAtLeast(release, first))
                && !Kernel.isAtLeast(release, mended);
    }

    /**
     * Returns what such a kernel does.
     *
     * @return the end of a sentence that begins with the kernel
     */
    public String effect() {
        return effect;
    }

    /**
     * Returns the system property that decides instead, by {@code on} or {@code off}.
     *
     * @return the property's name
     */
    public String property() {
        return property;
    }

    /**
     * Returns the first release without the fault.
     *
     * @return such as {@code 7.1.5}
     */
    public String mendedIn() {
        return Arrays.stream(mended).mapToObj(String::valueOf).collect(Collectors.joining("."));
    }
}
