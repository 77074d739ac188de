// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.IpPrefix;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.TunnelEditor.PeerEditor;
import org.wgj.tunnel.udp.UdpTransportFactory;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Every public method of the library's entry points refuses null at once, on the caller's thread,
 * in each parameter that its documentation does not allow it for.
 */
class NullArgumentsTest {
    /** Parameters whose names end in OrNull, and those that records document so, by place. */
    private static final Set<String> ALLOWED =
            Set.of(
                    "Tunnel.sendVia 2",
                    "TunnelEditor.privateKey 0",
                    "PeerEditor.standsInFor 0",
                    "TunnelConfig 0",
                    "Peer 1",
                    "Peer 2");

    /** Methods of the SPI that only a tunnel calls. */
    private static final Set<String> OF_TUN = Set.of("read", "write", "start");

    private final PrivateKey own = PrivateKey.generate();
    private final PublicKey peer = PrivateKey.generate().publicKey();
    private final TunnelLoops loops = TunnelLoops.create("nulls", 1);
    private final Set<String> late = new TreeSet<>();
    private int calls;

    /** An acceptable argument of each type, so that only the null is at fault. */
    private final Map<Class<?>, Object> values =
            Map.ofEntries(
                    Map.entry(PrivateKey.class, own),
                    Map.entry(PublicKey.class, peer),
                    Map.entry(PresharedKey.class, PresharedKey.NONE),
                    Map.entry(IpPrefix.class, IpPrefix.parse("10.0.0.2/32")),
                    Map.entry(InetSocketAddress.class, new InetSocketAddress("192.0.2.1", 9)),
                    Map.entry(InetAddress.class, InetAddress.getLoopbackAddress()),
                    Map.entry(Consumer.class, (Consumer<Object>) _ -> {}),
                    Map.entry(TunnelChange.class, (TunnelChange) _ -> {}),
                    Map.entry(Duration.class, Duration.ofSeconds(1)),
                    Map.entry(TunnelLoops.class, loops),
                    Map.entry(
                            UdpTransportFactory.class, (UdpTransportFactory) UdpTransports::create),
                    Map.entry(TransportAead.class, TransportAead.best()),
                    Map.entry(RandomGenerator.class, new SecureRandom()),
                    Map.entry(LongSupplier.class, (LongSupplier) System::nanoTime),
                    Map.entry(InstantSource.class, InstantSource.system()),
                    Map.entry(IntPredicate.class, (IntPredicate) _ -> false),
                    Map.entry(List.class, List.of()),
                    Map.entry(byte[].class, new byte[28]),
                    Map.entry(ByteBuffer.class, ByteBuffer.allocate(28)),
                    Map.entry(TimeUnit.class, TimeUnit.MILLISECONDS),
                    Map.entry(String.class, "wg0"),
                    Map.entry(Path.class, Path.of("/does/not/exist.conf")),
                    Map.entry(Reader.class, new StringReader("")),
                    Map.entry(OptionalInt.class, OptionalInt.empty()),
                    Map.entry(
                            TunnelConfig.Endpoint.class, new TunnelConfig.Endpoint("192.0.2.1", 9)),
                    Map.entry(int.class, 1),
                    Map.entry(long.class, 1L),
                    Map.entry(boolean.class, true));

    @AfterEach
    void close() {
        loops.close();
    }

    private Object value(Class<?> type) {
        Object value = values.get(type);
        return value != null || !type.isInterface() ? value : stub(type);
    }

    private static Object stub(Class<?> type) {
        return Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, _, _) -> null);
    }

    /** Calls each method with one null, for each parameter that may not be null. */
    private void check(Class<?> type, Object target) {
        for (Method method : type.getMethods()) {
            boolean isOwn = method.getDeclaringClass() == type && !method.isSynthetic();
            if (isOwn && (target != null) != Modifier.isStatic(method.getModifiers())) {
                check(method, type.getSimpleName() + "." + method.getName(), target);
            }
        }
    }

    private void check(Executable method, String name, Object target) {
        Class<?>[] types = method.getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            if (types[i].isPrimitive()
                    || ALLOWED.contains(name + " " + i)
                    || OF_TUN.contains(method.getName())
                    || name.endsWith(".equals")) {
                continue;
            }
            Object[] arguments = Arrays.stream(types).map(this::value).toArray();
            arguments[i] = null;
            calls++;
            try {
                if (method instanceof Method called) {
                    called.invoke(target, arguments);
                } else {
                    ((Constructor<?>) method).newInstance(arguments);
                }
                late.add(name + " " + i + " takes null");
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof NullPointerException)) {
                    late.add(name + " " + i + ": " + e.getCause());
                }
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(name, e);
            }
        }
    }

    private void assertNothingLate(int atLeast) {
        assertEquals(Set.of(), late);
        assertTrue(calls >= atLeast, calls + " calls");
    }

    private Tunnel.Builder builder() {
        return Tunnel.builder(new MemoryTun("nulls", 1420)).privateKey(own).loops(loops);
    }

    @Test
    void theBuilderRefusesNulls() {
        check(Tunnel.class, null);
        check(Tunnel.Builder.class, builder());
        builder().peer(peer, settings -> check(PeerEditor.class, settings));
        assertNothingLate(24);
    }

    @Test
    void aRunningTunnelRefusesNulls() throws IOException {
        try (Tunnel tunnel = builder().peer(peer, _ -> {}).start()) {
            check(Tunnel.class, tunnel);
            tunnel.configure(
                            editor -> {
                                check(TunnelEditor.class, editor);
                                check(PeerEditor.class, editor.addPeer(peer));
                            })
                    .join();
        }
        assertNothingLate(15);
    }

    @Test
    void valuesAndInterfacesInMemoryRefuseNulls() throws ReflectiveOperationException {
        check(TunnelLoops.class, null);
        check(TunnelConfig.class, null);
        for (Class<?> value :
                List.of(TunnelConfig.Address.class, TunnelConfig.Endpoint.class, MemoryTun.class)) {
            for (var constructor : value.getConstructors()) {
                check(constructor, value.getSimpleName(), null);
            }
        }
        check(MemoryTun.class, new MemoryTun("nulls", 1420));
        MemoryTun closed = new MemoryTun("nulls", 1420);
        closed.close();
        check(MemoryTun.class, closed);
        assertNothingLate(21);
    }
}
