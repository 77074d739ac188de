// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;

import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;

/** Makes initiations as bytes, for tests of other modules too. */
public final class Initiations implements DeviceOutput {
    private byte[] sent;

    private Initiations() {}

    /**
     * Makes a good initiation.
     *
     * @param from the initiator's key
     * @param to the responder's
     * @return 148 bytes
     */
    public static byte[] make(PrivateKey from, PublicKey to) {
        Initiations recording = new Initiations();
        Device device =
                new Device(
                        new SecureRandom(),
                        InstantSource.system(),
                        TransportAead.best(),
                        recording);
        device.setPrivateKey(from);
        device.up(0);
        Peer peer = device.addPeer(to);
        device.setEndpoint(peer, Endpoint.of(new InetSocketAddress("127.0.0.1", 1)));
        device.setPersistentKeepalive(peer, 25);
        device.peerConfigured(peer, 0);
        device.wipe();
        return recording.sent;
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        sent =
                datagrams
                        .slab()
                        .asSlice(datagrams.offsets()[0], datagrams.lengths()[0])
                        .toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void deliver(PacketBatch packets) {}

    @Override
    public void handshakeCompleted(Peer peer) {}

    @Override
    public void endpointChanged(Peer peer) {}

    @Override
    public void sessionExpired(Peer peer) {}
}
