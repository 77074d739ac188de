// SPDX-License-Identifier: Apache-2.0
/**
 * Programs that show how to use the library. Each is one file with a {@code main}, complete in
 * itself, and may be copied.
 *
 * <p>Build them once with {@code mvn -DskipTests package}. Then run one, here {@code EmbedAndPing}:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
 *     -cp "examples/target/classes:$(cat examples/target/class-path)" org.wgj.examples.EmbedAndPing
 * </pre>
 */
package org.wgj.examples;
