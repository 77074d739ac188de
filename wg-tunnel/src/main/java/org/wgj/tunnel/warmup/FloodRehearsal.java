// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.warmup;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.ForgedInitiations;
import org.wgj.protocol.device.Peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;

/**
 * Sends forged initiations to a throwaway device, so that the JIT compiles the flood defence before
 * a real flood: interpreted, it takes many times as long. The initiations are junk with a valid
 * mac1, on which the device tries Diffie-Hellman at first, and which it then answers by cookies.
 */
final class FloodRehearsal implements DeviceOutput {
    private static final int BATCH = 64;
    private static final int STRIDE = 160;

    /** At this pace nearly every initiation is answered. */
    private static final long BATCH_NS = BATCH * 100_000L;

    private final SecureRandom random = new SecureRandom();
    private final Device device =
            new Device(random, InstantSource.system(), TransportAead.best(), this);
    private final PacketBatch batch = new PacketBatch(BATCH * STRIDE, BATCH);
    private final ForgedInitiations initiations;

    private FloodRehearsal() {
        PrivateKey key = PrivateKey.generate();
        initiations = new ForgedInitiations(key.publicKey(), random);
        device.setPrivateKey(key);
        device.up(0);
    }

    /** Sends so many batches and returns, by reason, how many initiations were dropped. */
    static Map<DropReason, Long> run(int batches) {
        FloodRehearsal rehearsal = new FloodRehearsal();
        for (int i = 0; i < batches; i++) {
            rehearsal.receive(i * BATCH_NS);
        }
        Map<DropReason, Long> drops = rehearsal.device.drops();
        rehearsal.device.wipe();
        return drops;
    }

    private void receive(long nowNs) {
        for (int i = 0; i < BATCH; i++) {
            int offset = i * STRIDE;
            byte[] bytes = initiations.next();
            MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, bytes.length);
            batch.offsets()[i] = offset;
            batch.lengths()[i] = bytes.length;
            batch.endpoints()[i] = new Endpoint(false, 0, random.nextInt(1 << 24), 1, 0, 0, 0, 0);
        }
        batch.setCount(BATCH);
        device.receive(batch, nowNs);
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        // The sender ignores cookies.
    }

    @Override
    public void deliver(PacketBatch packets) {
        // There are none.
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        // There are no peers.
    }

    @Override
    public void endpointChanged(Peer peer) {
        // There are no peers.
    }

    @Override
    public void sessionExpired(Peer peer) {
        // There are no peers.
    }
}
