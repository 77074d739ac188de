// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.Objects;

/**
 * An address of one of this machine's interfaces.
 *
 * @param interfaceName the interface
 * @param address the address, without a scope
 * @param prefixLength how many leading bits its network shares, 0 to 32 or 128
 * @param pointToPoint whether the interface is a tunnel or another link without neighbours
 */
public record LocalAddress(
        String interfaceName, InetAddress address, int prefixLength, boolean pointToPoint) {
    public LocalAddress {
        Objects.requireNonNull(interfaceName, "interfaceName");
        IpPrefix.networkOf(address, prefixLength); // checks the length
    }

    /**
     * Returns the network that is reached without a router.
     *
     * @return the address's network
     */
    public IpPrefix network() {
        return IpPrefix.networkOf(address, prefixLength);
    }
}
