// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.secrets.Searched;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

/**
 * Two devices that get keys of every kind and then lose them, for {@link KeyRemainsTest}: a
 * session, an initiation without a response, a preshared key.
 */
final class KeyHolder extends TestNet {
    private int devices;

    private KeyHolder(long seed) {
        super(seed);
        aead = new Witnessed(TransportAead.best());
    }

    public static void main(String[] arguments) throws IOException {
        KeyHolder net = new KeyHolder(Long.parseLong(arguments[0]));
        net.live();
    }

    private void live() throws IOException {
        Node alice = node("alice");
        Node bob = node("bob");
        alice.meetAtItsAddress(bob);
        bob.meetAtItsAddress(alice);
        byte[] bytes = new byte[PresharedKey.LENGTH];
        chance("preshared").nextBytes(bytes);
        PresharedKey psk = PresharedKey.of(bytes);
        Arrays.fill(bytes, (byte) 0);
        alice.device.setPresharedKey(alice.peer(bob), psk);
        bob.device.setPresharedKey(bob.peer(alice), psk);
        psk.wipe();
        alice.send("first");
        settle();
        for (int i = 0; i < 100; i++) {
            alice.send("and another " + i);
            bob.send("and back " + i);
        }
        settle();
        lose(d -> d.is(Datagram.Kind.INITIATION));
        run(130 * SECOND);
        alice.send("a session that is to be renewed");
        settle();
        Searched.pause("alive");

        run(1_000 * SECOND);
        Searched.pause("expired");

        alice.device.removePeer(bob.publicKey());
        bob.device.removePeer(alice.publicKey());
        Searched.pause("removed");

        alice.key.wipe();
        bob.key.wipe();
        alice.device.wipe();
        bob.device.wipe();
        Searched.pause("closed");
    }

    @Override
    protected Random chance(long seed) {
        return chance(devices++ == 0 ? "alice" : "bob");
    }

    /** Prints each key that is generated. */
    private Random chance(String owner) {
        long seed = random.nextLong();
        return new Random(seed) {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
                super.nextBytes(bytes);
                Searched.tell(owner, Searched.mask(bytes));
            }
        };
    }

    /** Prints each session key that is made. */
    private record Witnessed(TransportAead engine) implements TransportAead {
        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public TransportKey key(byte[] key32) {
            Searched.tell("session", Searched.mask(key32));
            return engine.key(key32);
        }
    }
}
