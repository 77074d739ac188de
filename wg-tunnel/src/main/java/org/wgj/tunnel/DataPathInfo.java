// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.DropReason;
import org.wgj.tun.TunOffload;

import java.util.Map;
import java.util.Set;

/**
 * The means by which a tunnel moves packets, and the packets that it dropped, at one moment.
 *
 * @param aead the name of the implementation that seals and opens packets
 * @param workers how many threads help with large batches; 0 if the loop does everything
 * @param tunOffloads the offloads that the TUN uses
 * @param udpSegmentation whether one call sends dozens of datagrams (GSO); false also while the
 *     interface is down
 * @param udpCoalescing whether one call receives dozens of datagrams (GRO); false also while the
 *     interface is down
 * @param drops for each reason, how many datagrams and packets were dropped
 */
public record DataPathInfo(
        String aead,
        int workers,
        Set<TunOffload> tunOffloads,
        boolean udpSegmentation,
        boolean udpCoalescing,
        Map<DropReason, Long> drops) {}
