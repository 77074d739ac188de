// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.protocol.device.Device;

import java.net.InetAddress;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/**
 * Calls the program's code that sees or decides something on a packet's way. An exception of that
 * code does not reach the tunnel: it is logged, and the packets are lost.
 *
 * <p>Owned by the loop's thread.
 */
final class TunnelHooks {
    private final TunnelOptions.Hooks hooks;
    private final ForeignCode datagramFilter;
    private final ForeignCode filterTask;
    private final ForeignCode packetFilter;
    private final ForeignCode initiationHandler;
    private final ForeignCode peerSource;
    private final ForeignCode indexPredicate;

    /**
     * @param name the interface's name
     * @param hooks the program's code
     */
    TunnelHooks(String name, TunnelOptions.Hooks hooks) {
        this.hooks = hooks;
        datagramFilter = new ForeignCode(name, "the datagram filter");
        filterTask = new ForeignCode(name, "a task of the datagram filter");
        packetFilter = new ForeignCode(name, "the packet filter");
        initiationHandler = new ForeignCode(name, "the handler of unknown initiators");
        peerSource = new ForeignCode(name, "the source of peers on demand");
        indexPredicate = new ForeignCode(name, "the predicate of reserved indices");
    }

    /** Makes the device ask what it does not decide itself. */
    void install(Device device) {
        if (hooks.unknownOrNull() != null) {
            device.setUnknownInitiators(this::initiation);
        }
        if (hooks.onDemandOrNull() != null) {
            device.setPeersOnDemand(new Demand(hooks.onDemandOrNull()));
        }
    }

    /** Hands the datagram filter what it may use of the tunnel. */
    void attach(DatagramOutlet outlet) {
        if (hooks.datagramsOrNull() != null) {
            hooks.datagramsOrNull().attached(outlet);
        }
    }

    /** Runs a task that the datagram filter has scheduled. */
    void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            filterTask.failed(e);
        }
    }

    /** Returns false if the datagram filter left nothing of the batch. */
    boolean filterDatagrams(PacketBatch datagrams) {
        if (hooks.datagramsOrNull() == null) {
            return true;
        }
        try {
            hooks.datagramsOrNull().filter(datagrams);
            return datagrams.count() > 0;
        } catch (RuntimeException | Error e) {
            datagramFilter.failed(e);
            return false;
        }
    }

    /** Returns false if the packet filter left nothing of the batch. */
    boolean filterPackets(PacketBatch packets) {
        if (hooks.packetsOrNull() == null) {
            return true;
        }
        try {
            hooks.packetsOrNull().filter(packets);
            return packets.count() > 0;
        } catch (RuntimeException | Error e) {
            packetFilter.failed(e);
            return false;
        }
    }

    private boolean initiation(PublicKey claimed, byte[] message, Endpoint source, long nowNs) {
        InitiationHandler handler = hooks.unknownOrNull();
        try {
            return handler.initiation(claimed, message, source, nowNs);
        } catch (RuntimeException | Error e) {
            initiationHandler.failed(e);
            return false;
        }
    }

    /** Keeps the faults of the program's code out of the device. */
    private final class Demand implements PeersOnDemand {
        private final PeersOnDemand source;

        Demand(PeersOnDemand source) {
            this.source = source;
        }

        @Override
        public Found byAddress(InetAddress destination) {
            return guarded(() -> source.byAddress(destination));
        }

        @Override
        public Found byKey(PublicKey claimed) {
            return guarded(() -> source.byKey(claimed));
        }

        private Found guarded(Supplier<Found> look) {
            try {
                return look.get();
            } catch (RuntimeException | Error e) {
                peerSource.failed(e);
                return null;
            }
        }
    }

    /** Returns whether something else of the program uses an index on the tunnel's port. */
    boolean isReserved(int index) {
        IntPredicate reserved = hooks.reservedOrNull();
        try {
            return reserved != null && reserved.test(index);
        } catch (RuntimeException | Error e) {
            indexPredicate.failed(e);
            return false;
        }
    }
}
