-- The functions of schema storage: what policies call, what guards the tables, what the service lists with.

SET ROLE supabase_storage_admin;

-- For policies: the parts of an object's name.

CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  parts text[] := string_to_array(name, '/');
BEGIN
  RETURN parts[1 : array_length(parts, 1) - 1];
END
$$;

CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  parts text[] := string_to_array(name, '/');
BEGIN
  RETURN parts[array_length(parts, 1)];
END
$$;

CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN reverse(split_part(reverse(storage.filename(name)), '.', 1));
END
$$;

GRANT EXECUTE ON FUNCTION storage.foldername(text), storage.filename(text), storage.extension(text)
  TO anon, authenticated, service_role, dashboard_user, postgres;

-- For policies: the request that is being served, e.g. `object.get_authenticated`.

CREATE FUNCTION storage.operation() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN current_setting('storage.operation', true);
END
$$;

CREATE FUNCTION storage.allow_any_operation(expected_operations text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM unnest(expected_operations) AS expected
    WHERE regexp_replace(lower(trim(expected)), '^storage\.', '')
      = regexp_replace(lower(trim(storage.operation())), '^storage\.', '')
  )
$$;

CREATE FUNCTION storage.allow_only_operation(expected_operation text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT storage.allow_any_operation(ARRAY[expected_operation])
$$;

-- Guards.

CREATE FUNCTION storage.protect_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('storage.allow_delete_query', true), '') <> 'true' THEN
    RAISE EXCEPTION 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
      USING ERRCODE = '42501', HINT = 'The files would stay behind without their rows.';
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION storage.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END
$$;

CREATE FUNCTION storage.enforce_bucket_name_length() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF length(NEW.name) > 100 THEN
    RAISE EXCEPTION 'bucket name "%" is too long (% characters). Max is 100.', NEW.name, length(NEW.name);
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER enforce_bucket_name_length_trigger BEFORE INSERT OR UPDATE OF name ON storage.buckets
  FOR EACH ROW EXECUTE FUNCTION storage.enforce_bucket_name_length();
CREATE TRIGGER protect_buckets_delete BEFORE DELETE ON storage.buckets
  FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete();
CREATE TRIGGER protect_objects_delete BEFORE DELETE ON storage.objects
  FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete();
CREATE TRIGGER update_objects_updated_at BEFORE UPDATE ON storage.objects
  FOR EACH ROW EXECUTE FUNCTION storage.update_updated_at_column();

-- Would row level security let the caller add this object? It tries, and takes it back.
CREATE FUNCTION storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO storage.objects (bucket_id, name, owner, metadata) VALUES (bucketid, name, owner, metadata);
  RAISE SQLSTATE 'PT200' USING MESSAGE = 'ROLLBACK', DETAIL = 'rollback successful insert';
END
$$;

-- Listing.

CREATE FUNCTION storage.get_size_by_bucket() RETURNS TABLE (size bigint, bucket_id text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT sum((stored.metadata ->> 'size')::bigint)::bigint, stored.bucket_id
  FROM storage.objects AS stored GROUP BY stored.bucket_id;
END
$$;

-- The folder right below `p_prefix` that holds the key, ending in the delimiter; null for a key directly in it.
CREATE FUNCTION storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN position(p_delimiter IN substring(p_key FROM length(p_prefix) + 1)) > 0
    THEN left(p_key, length(p_prefix)
      + position(p_delimiter IN substring(p_key FROM length(p_prefix) + 1)) + length(p_delimiter) - 1)
  END
$$;

CREATE FUNCTION storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100, start_after text DEFAULT '',
  next_token text DEFAULT '', sort_order text DEFAULT 'asc'
) RETURNS TABLE (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  WITH entries AS (
    SELECT DISTINCT ON (coalesce(folder, stored.name) COLLATE "C")
      coalesce(folder, stored.name) AS name, folder IS NULL AS is_object, stored.id, stored.metadata,
      stored.updated_at, stored.created_at, stored.last_accessed_at
    FROM storage.objects AS stored
    CROSS JOIN LATERAL storage.get_common_prefix(stored.name, prefix_param, delimiter_param) AS folder
    WHERE stored.bucket_id = _bucket_id AND starts_with(stored.name, prefix_param)
    ORDER BY coalesce(folder, stored.name) COLLATE "C"
  )
  SELECT entries.name,
    CASE WHEN is_object THEN entries.id END, CASE WHEN is_object THEN entries.metadata END,
    CASE WHEN is_object THEN entries.updated_at END, CASE WHEN is_object THEN entries.created_at END,
    CASE WHEN is_object THEN entries.last_accessed_at END
  FROM entries
  WHERE CASE
    WHEN sort_order = 'desc' AND coalesce(nullif(next_token, ''), start_after) = '' THEN true
    WHEN sort_order = 'desc' THEN entries.name COLLATE "C" < coalesce(nullif(next_token, ''), start_after)
    ELSE entries.name COLLATE "C" > coalesce(nullif(next_token, ''), start_after)
  END
  ORDER BY
    CASE WHEN sort_order = 'desc' THEN entries.name END COLLATE "C" DESC,
    entries.name COLLATE "C"
  LIMIT max_keys;
END
$$;

CREATE FUNCTION storage.list_multipart_uploads_with_delimiter(
  bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100,
  next_key_token text DEFAULT '', next_upload_token text DEFAULT ''
) RETURNS TABLE (key text, id text, created_at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  SELECT DISTINCT ON (coalesce(folder, upload.key) COLLATE "C")
    coalesce(folder, upload.key), upload.id, upload.created_at
  FROM storage.s3_multipart_uploads AS upload
  CROSS JOIN LATERAL storage.get_common_prefix(upload.key, prefix_param, delimiter_param) AS folder
  WHERE upload.bucket_id = list_multipart_uploads_with_delimiter.bucket_id AND starts_with(upload.key, prefix_param)
    AND (upload.key COLLATE "C", upload.id) > (next_key_token, next_upload_token)
  ORDER BY coalesce(folder, upload.key) COLLATE "C", upload.created_at
  LIMIT max_keys;
END
$$;

-- One folder level, names merged without regard to case: what the older list route answers with.
CREATE FUNCTION storage.search(
  prefix text, bucketname text, limits integer DEFAULT 100, levels integer DEFAULT 1, offsets integer DEFAULT 0,
  search text DEFAULT '', sortcolumn text DEFAULT 'name', sortorder text DEFAULT 'asc'
) RETURNS TABLE (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  WITH entries AS (
    SELECT DISTINCT ON (lower(stored.path_tokens[levels]), is_object)
      stored.path_tokens[levels] AS name, is_object, stored.id, stored.updated_at, stored.created_at,
      stored.last_accessed_at, stored.metadata
    FROM storage.objects AS stored
    CROSS JOIN LATERAL (SELECT array_length(stored.path_tokens, 1) = levels AS is_object) AS kind
    WHERE stored.bucket_id = bucketname AND starts_with(lower(stored.name), lower(prefix || search))
    ORDER BY lower(stored.path_tokens[levels]), is_object, stored.name COLLATE "C"
  )
  SELECT entries.name,
    CASE WHEN is_object THEN entries.id END, CASE WHEN is_object THEN entries.updated_at END,
    CASE WHEN is_object THEN entries.created_at END, CASE WHEN is_object THEN entries.last_accessed_at END,
    CASE WHEN is_object THEN entries.metadata END
  FROM entries
  ORDER BY
    is_object,
    CASE WHEN sortorder = 'asc' AND sortcolumn = 'updated_at' THEN entries.updated_at END,
    CASE WHEN sortorder = 'asc' AND sortcolumn = 'created_at' THEN entries.created_at END,
    CASE WHEN sortorder = 'desc' AND sortcolumn = 'updated_at' THEN entries.updated_at END DESC,
    CASE WHEN sortorder = 'desc' AND sortcolumn = 'created_at' THEN entries.created_at END DESC,
    CASE WHEN sortorder = 'desc' THEN lower(entries.name) END DESC,
    lower(entries.name)
  LIMIT limits OFFSET offsets;
END
$$;

CREATE FUNCTION storage.search_v2(
  prefix text, bucket_name text, limits integer DEFAULT 100, levels integer DEFAULT 1, start_after text DEFAULT '',
  sort_order text DEFAULT 'asc', sort_column text DEFAULT 'name', sort_column_after text DEFAULT ''
) RETURNS TABLE (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT split_part(entry.name, '/', levels), entry.name, entry.id, entry.updated_at, entry.created_at,
    entry.last_accessed_at, entry.metadata
  FROM storage.list_objects_with_delimiter(bucket_name, prefix, '/', limits, start_after, '', sort_order) AS entry;
END
$$;

CREATE FUNCTION storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text,
  p_sort_column text, p_sort_column_after text
) RETURNS TABLE (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
) LANGUAGE plpgsql STABLE AS $$
DECLARE
  direction text := CASE WHEN p_sort_order = 'desc' THEN 'DESC' ELSE 'ASC' END;
BEGIN
  RETURN QUERY EXECUTE format(
    $query$
    SELECT split_part(name, '/', $3), name, id, updated_at, created_at, last_accessed_at, metadata
    FROM storage.objects
    WHERE bucket_id = $1 AND starts_with(name, $2)
      AND ($5 = '' OR (date_trunc('milliseconds', %1$I), name) %3$s ($5::timestamptz, $6))
    ORDER BY %1$I %2$s, name COLLATE "C" %2$s
    LIMIT $4
    $query$,
    CASE WHEN p_sort_column = 'created_at' THEN 'created_at' ELSE 'updated_at' END,
    direction,
    CASE WHEN direction = 'DESC' THEN '<' ELSE '>' END
  ) USING p_bucket_id, p_prefix, p_level, p_limit, p_sort_column_after, p_start_after;
END
$$;

RESET ROLE;
