// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.linux.ErrnoException;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A change has all of its effects or none. */
class DeviceEditorTest {
    private final MemoryDevice device = new MemoryDevice();
    private final PublicKey key = PrivateKey.generate().publicKey();

    private Throwable failure(TunnelChange change) {
        CompletableFuture<Void> done = device.configure(change);
        return assertThrows(ExecutionException.class, done::get).getCause();
    }

    @Test
    void socketsThatRefuseLeaveEverythingAsItWas() {
        device.configure(editor -> editor.addPeer(key)).join();
        Throwable failure =
                failure(
                        editor -> {
                            editor.privateKey(PrivateKey.generate());
                            editor.listenPort(MemoryDevice.BUSY_PORT);
                            editor.fwmark(7);
                            editor.removePeers();
                        });
        assertInstanceOf(ErrnoException.class, failure);
        TunnelStatus status = device.status().join();
        assertNull(status.publicKey());
        assertEquals(0, status.fwmark());
        assertEquals(1, status.peers().size());
    }

    @Test
    void anExceptionInTheMiddleLeavesEverythingAsItWas() {
        failure(
                editor -> {
                    editor.privateKey(PrivateKey.generate());
                    editor.addPeer(key).persistentKeepalive(65_536);
                });
        assertNull(device.status().join().publicKey());
        assertEquals(List.of(), device.status().join().peers());
    }

    @Test
    void anUnresolvedEndpointIsRefusedAtOnce() {
        InetSocketAddress name = InetSocketAddress.createUnresolved("vpn.example", 51820);
        Throwable failure = failure(editor -> editor.addPeer(key).endpoint(name));
        assertInstanceOf(IllegalArgumentException.class, failure);
        assertEquals(List.of(), device.status().join().peers());
    }

    @Test
    void whatTheBuilderRefusesIsRefused() {
        PrivateKey own = PrivateKey.generate();
        InetSocketAddress nowhere = new InetSocketAddress("192.0.2.1", 0);
        for (TunnelChange mistake :
                List.<TunnelChange>of(
                        editor -> editor.addPeer(key).endpoint(nowhere),
                        editor -> {
                            editor.privateKey(own);
                            editor.addPeer(own.publicKey());
                        },
                        editor -> {
                            editor.addPeer(own.publicKey());
                            editor.privateKey(own);
                        })) {
            assertInstanceOf(IllegalArgumentException.class, failure(mistake));
            assertNull(device.status().join().publicKey());
            assertEquals(List.of(), device.status().join().peers());
        }
        device.configure(editor -> editor.privateKey(own)).join();
        Throwable refused = failure(editor -> editor.addPeer(own.publicKey()));
        assertTrue(refused.getMessage().contains("own public key"), refused.getMessage());
    }

    @Test
    void aProgramMayAcceptWhatWgAccepts() {
        PrivateKey own = PrivateKey.generate();
        device.configure(
                        editor -> {
                            editor.acceptMistakes();
                            editor.privateKey(own);
                            editor.addPeer(own.publicKey()).persistentKeepalive(25);
                            editor.addPeer(key).endpoint(new InetSocketAddress("192.0.2.1", 0));
                        })
                .join();
        TunnelStatus status = device.status().join();
        assertEquals(1, status.peers().size());
        assertEquals(0, status.peers().getFirst().endpoint().port());
        // Only that change.
        failure(editor -> editor.addPeer(own.publicKey()));
    }

    @Test
    void anExistingPeerWithANewOwnKeyIsRemoved() {
        PrivateKey own = PrivateKey.generate();
        device.configure(editor -> editor.addPeer(own.publicKey())).join();
        device.configure(editor -> editor.privateKey(own)).join();
        assertEquals(List.of(), device.status().join().peers());
    }

    @Test
    void theEditorAnswersAsIfEarlierCallsWereInEffect() {
        PrivateKey own = PrivateKey.generate();
        device.configure(
                        editor -> {
                            editor.acceptMistakes();
                            assertTrue(editor.peer(key).isEmpty());
                            editor.addPeer(key).allowedIp(IpPrefix.parse("10.0.0.0/8"));
                            assertTrue(editor.peer(key).isPresent());
                            editor.removePeers();
                            assertTrue(editor.peer(key).isEmpty());
                            editor.addPeer(key);
                            editor.addPeer(own.publicKey());
                            editor.privateKey(own);
                            assertTrue(editor.peer(own.publicKey()).isEmpty());
                            editor.addPeer(own.publicKey());
                            assertTrue(editor.peer(own.publicKey()).isEmpty());
                        })
                .join();
        TunnelStatus status = device.status().join();
        assertEquals(1, status.peers().size());
        assertEquals(key, status.peers().getFirst().publicKey());
        assertEquals(List.of(), status.peers().getFirst().allowedIps());
    }

    @Test
    void aPeerThatTheSameChangeRemovedIsNotEdited() {
        IpPrefix range = IpPrefix.parse("10.0.0.0/8");
        device.configure(
                        editor -> {
                            TunnelEditor.PeerEditor gone = editor.addPeer(key);
                            editor.removePeer(key);
                            gone.allowedIp(range);
                        })
                .join();
        assertEquals(List.of(), device.status().join().peers());
    }

    @Test
    void theCallerMayWipeItsKeysBeforeTheChangeIsApplied() {
        PrivateKey own = PrivateKey.generate();
        PrivateKey kept = own.copy();
        PresharedKey shared = PresharedKey.generate();
        PresharedKey keptShared = shared.copy();
        device.configure(
                        editor -> {
                            editor.privateKey(own);
                            editor.addPeer(key).presharedKey(shared);
                            own.wipe();
                            shared.wipe();
                        })
                .join();
        StatusWithKeys withKeys = device.statusWithKeysNow();
        assertEquals(kept, withKeys.privateKey());
        assertEquals(keptShared, withKeys.presharedKey(key));
        assertFalse(withKeys.privateKey().isWiped());
    }
}
