// SPDX-License-Identifier: Apache-2.0
/**
 * Shows how clients of all kinds reach their servers through a tunnel of {@link
 * org.wgj.netstack.TunnelNet}, without root, TUN device or change of the system: each class is one
 * program, and what it would be in yours is between its two comments "begin" and "end".
 *
 * <p>{@link org.wgj.examples.net.Office} stands for the other end of the tunnel. In a program of
 * your own there is a file of {@code wg-quick} instead:
 *
 * <pre>{@code
 * TunnelNet net = TunnelNet.open(Path.of("wg0.conf"));
 * }</pre>
 *
 * <p>To run one, build everything with {@code mvn -B package -DskipTests}, and then:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
 *     -cp examples/target/classes:$(cat examples/target/net-class-path) \
 *     org.wgj.examples.net.PlainSockets
 * </pre>
 */
package org.wgj.examples.net;
