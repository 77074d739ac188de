// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.TransportAead;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.udp.UdpCounters;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A tunnel's configuration with a real device behind it, no sockets, and no thread of its own. */
public final class MemoryDevice implements Configurable, DeviceOutput {
    /** The port that another program has. */
    public static final int BUSY_PORT = 51;

    private static final int CHOSEN_PORT = 40_000;

    private final Device device =
            new Device(new Random(1), () -> Instant.EPOCH, TransportAead.best(), this);
    private int port;
    private int mark;

    public MemoryDevice() {
        device.up(0);
    }

    @Override
    public CompletableFuture<TunnelStatus> status() {
        return CompletableFuture.completedFuture(statusNow());
    }

    private TunnelStatus statusNow() {
        return new TunnelStatus(
                "wg0",
                device.publicKey(),
                port,
                mark,
                device.peers().stream().map(Peer::status).toList(),
                device.drops(),
                UdpCounters.ZERO,
                TunnelCounters.ZERO);
    }

    @Override
    public CompletableFuture<StatusWithKeys> statusWithKeys() {
        return CompletableFuture.completedFuture(statusWithKeysNow());
    }

    public StatusWithKeys statusWithKeysNow() {
        return TunnelSnapshots.statusWithKeys(statusNow(), device);
    }

    @Override
    public CompletableFuture<DataPathInfo> dataPath() {
        return CompletableFuture.completedFuture(
                new DataPathInfo(
                        "none",
                        1,
                        Set.of(),
                        false,
                        false,
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO,
                        Duration.ZERO));
    }

    @Override
    public CompletableFuture<Void> configure(TunnelChange change) {
        try (DeviceEditor editor = new DeviceEditor(device, this::changeSockets)) {
            change.apply(editor);
            var _ = editor.commit(0);
            return CompletableFuture.completedFuture(null);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void changeSockets(OptionalInt newPort, OptionalInt newMark) throws ErrnoException {
        if (newPort.isPresent()) {
            if (newPort.getAsInt() == BUSY_PORT) {
                throw new ErrnoException("bind UDP port", Errno.EADDRINUSE);
            }
            port = newPort.getAsInt() == 0 ? CHOSEN_PORT : newPort.getAsInt();
        }
        mark = newMark.orElse(mark);
    }

    @Override
    public void transmit(PacketBatch datagrams) {}

    @Override
    public void deliver(PacketBatch packets) {}

    @Override
    public void handshakeCompleted(Peer peer) {}

    @Override
    public void endpointChanged(Peer peer) {}

    @Override
    public void sessionExpired(Peer peer) {}
}
