// SPDX-License-Identifier: Apache-2.0
/**
 * The database of a coordinator: SQLite in a file or PostgreSQL, behind one way to run
 * transactions, and the migrations of its schema. The meaning of the rows belongs into the
 * registry.
 */
package org.wgj.coordinator.store;
