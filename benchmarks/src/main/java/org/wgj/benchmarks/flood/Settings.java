// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

/**
 * @param seconds of traffic before and after an attack; twice as long during it
 * @param perSecond datagrams of most attacks
 * @param megabits of the legitimate stream, a second
 */
record Settings(int rounds, int seconds, int perSecond, int megabits) {}
