// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Tai64n;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeersOnDemand;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adds peers to a device when a packet or an initiation asks for them. It remembers the timestamps
 * of the peers that were removed: otherwise a recorded initiation would be new again.
 */
final class Demand {
    private final Device device;
    private final DeviceOutput output;
    private final Map<PublicKey, Tai64n> timestamps =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<PublicKey, Tai64n> eldest) {
                    return size() > Device.MAX_PEERS;
                }
            };

    private PeersOnDemand sourceOrNull;

    /** The peer that the last initiation claimed to be. */
    private PeersOnDemand.Found claimedOrNull;

    Demand(Device device, DeviceOutput output) {
        this.device = device;
        this.output = output;
    }

    void setSource(PeersOnDemand source) {
        sourceOrNull = source;
    }

    /** Returns the peer on demand for a packet that no peer could take; null if there is none. */
    Peer forPacket(MemorySegment slab, int offset) {
        if (sourceOrNull == null) {
            return null;
        }
        InetAddress destination = IpPacket.destination(slab, offset);
        PeersOnDemand.Found found = sourceOrNull.byAddress(destination);
        Peer peer = found == null ? null : add(found);
        if (peer != null) {
            addRanges(peer, found);
            output.peerAdded(peer);
        }
        return peer;
    }

    /**
     * Returns the peer whose key an initiation claims; null if there is none. It has no ranges yet,
     * since anyone can claim a key, and a range taken from another peer would be lost to it. To be
     * followed by {@link #confirm} or {@link #takeBack}.
     */
    Peer forInitiation(PublicKey claimed) {
        claimedOrNull = sourceOrNull == null ? null : sourceOrNull.byKey(claimed);
        return claimedOrNull == null ? null : add(claimedOrNull);
    }

    private void addRanges(Peer peer, PeersOnDemand.Found found) {
        for (IpPrefix range : found.allowedIps()) {
            device.addAllowedIp(peer, range);
        }
    }

    private Peer add(PeersOnDemand.Found found) {
        if (device.peer(found.key()) != null) {
            return null; // it has other ranges: the device was told so
        }
        if (found.key().equals(device.publicKey()) || device.peers().size() >= Device.MAX_PEERS) {
            return null;
        }
        Peer peer = device.addPeer(found.key());
        Tai64n timestamp = timestamps.remove(found.key());
        if (timestamp != null) {
            peer.refuseUpTo(timestamp);
        }
        device.setManagedEndpoint(peer, true);
        if (found.endpointOrNull() != null) {
            device.setEndpoint(peer, found.endpointOrNull());
        }
        return peer;
    }

    /** A peer leaves the device, perhaps to come back. */
    void removed(Peer peer) {
        Tai64n timestamp = peer.greatestTimestampOrNull();
        if (sourceOrNull != null && timestamp != null) {
            timestamps.put(peer.publicKey(), timestamp);
        }
    }

    /** The initiation for which a peer was added was valid. */
    void confirm(Peer peer) {
        addRanges(peer, claimedOrNull);
        output.peerAdded(peer);
    }

    /** The initiation for which a peer was added was not valid. */
    void takeBack(Peer peer) {
        device.removePeer(peer.publicKey());
    }
}
