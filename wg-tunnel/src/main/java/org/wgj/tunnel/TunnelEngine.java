// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.DropReason;
import org.wgj.tun.TunOffload;

import java.util.Map;
import java.util.Set;

/**
 * What a tunnel works with, and what it could not do anything with, at one moment.
 *
 * @param aead the name of what seals and opens packets
 * @param workers how many threads help with large batches; 0 where the loop does everything
 * @param udpSegmentation whether datagrams leave by the dozen in one call (GSO); false also while
 *     the interface is down
 * @param udpCoalescing the same for arriving (GRO)
 * @param drops why datagrams and packets went nowhere, and how many
 */
public record TunnelEngine(
        String aead,
        int workers,
        Set<TunOffload> tunOffloads,
        boolean udpSegmentation,
        boolean udpCoalescing,
        Map<DropReason, Long> drops) {}
