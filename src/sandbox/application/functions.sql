-- Functions, triggers and views of the application.

-- A profile for everybody who signs up: the one trigger nearly every project has on auth.users.
CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO public.profiles (id, handle, full_name, updated_at)
  VALUES (
    NEW.id,
    coalesce(NEW.raw_user_meta_data ->> 'handle', NEW.id::text),
    NEW.raw_user_meta_data ->> 'full_name',
    NEW.created_at
  );
  RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION public.handle_new_user() FROM PUBLIC, anon, authenticated;
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();

-- Who may look at a project: used by policies.
CREATE FUNCTION public.may_see_project(project bigint, at_least public.member_role DEFAULT 'reader')
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT EXISTS (
    SELECT FROM public.projects
    JOIN public.team_members USING (team_id)
    WHERE projects.id = project AND profile_id = auth.uid() AND role <= at_least
  )
$$;

CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  -- The body carries what text filters trip over:
  EXECUTE format($$SELECT %L$$, 'CREATE TABLE x; REVOKE ALL ON "auth"');
  NEW.updated_at := greatest(now(), OLD.updated_at);
  RETURN NEW;
END
$function$;
CREATE TRIGGER touch BEFORE UPDATE ON public.tasks FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER touch BEFORE UPDATE ON public.profiles FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
ALTER TABLE public.profiles DISABLE TRIGGER touch;

-- Arguments named after schemas of the platform, and no right for anybody but its owner.
CREATE FUNCTION public.usage_report(storage text, auth uuid DEFAULT NULL) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM public.attachments WHERE bucket = usage_report.storage
$$;
REVOKE ALL ON FUNCTION public.usage_report(text, uuid) FROM PUBLIC, anon, authenticated;

-- `format` and `tag_count` are found through the search path only.
CREATE FUNCTION public.tag_count(tags text[]) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT cardinality(tags)';
CREATE FUNCTION public.is_tidy(tags text[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN tag_count(tags) <= 10;
END
$$;
ALTER TABLE public.tasks ADD CONSTRAINT tasks_tags_tidy CHECK (public.is_tidy(tags));

CREATE PROCEDURE public.archive_finished_projects() LANGUAGE sql AS $$
  UPDATE public.projects SET archived = true
  WHERE NOT EXISTS (SELECT FROM public.tasks WHERE project_id = projects.id AND state <> 'done')
$$;

CREATE FUNCTION accounting.longer(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN length(b) > length(a) THEN b ELSE a END
$$;
CREATE AGGREGATE accounting.longest(text) (SFUNC = accounting.longer, STYPE = text);

CREATE FUNCTION accounting.keep_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  INSERT INTO accounting.journal (happened_at, relation, operation, row_before, row_after)
  VALUES (now(), TG_RELID, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END
$$;
CREATE TRIGGER journal AFTER UPDATE OR DELETE ON accounting.invoices
  FOR EACH ROW EXECUTE FUNCTION accounting.keep_journal();

-- Checked at commit: nobody pays more than was asked.
CREATE FUNCTION accounting.refuse_overpayment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(amount) FROM accounting.payments WHERE invoice_number = NEW.invoice_number)
    > (SELECT sum(amount) FROM accounting.invoice_lines WHERE invoice_number = NEW.invoice_number)
  THEN
    RAISE EXCEPTION 'invoice % would be overpaid', NEW.invoice_number;
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER overpayment AFTER INSERT OR UPDATE ON accounting.payments DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION accounting.refuse_overpayment();

CREATE VIEW public.open_tasks WITH (security_invoker = true) AS
SELECT tasks.id, tasks.title, projects.name AS project, profiles.handle AS assignee, tasks.due
FROM public.tasks
JOIN public.projects ON projects.id = tasks.project_id
LEFT JOIN public.profiles ON profiles.id = tasks.assignee_id
WHERE tasks.state IN ('open', 'in progress');

CREATE VIEW accounting.open_invoices AS
SELECT number, customers.name, due, sum(amount) AS total
FROM accounting.invoices
JOIN accounting.customers ON customers.id = customer_id
JOIN accounting.invoice_lines ON invoice_number = number
WHERE NOT paid
GROUP BY number, customers.name, due;
CREATE RULE no_deletion AS ON DELETE TO accounting.open_invoices DO INSTEAD NOTHING;

CREATE MATERIALIZED VIEW accounting.revenue_by_month AS
SELECT date_trunc('month', issued::timestamp)::date AS month, count(*) AS lines, sum(amount) AS amount
FROM accounting.invoices JOIN accounting.invoice_lines ON invoice_number = number
GROUP BY 1;
CREATE UNIQUE INDEX revenue_by_month_key ON accounting.revenue_by_month (month);
